"""Examples parted into those to train on and those to validate on."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.user_warnings import warn_user


def hold_out(
    examples: Examples, fraction: float, rng: np.random.Generator
) -> tuple[Examples, Examples]:
    """Part examples into those to train on and those to validate on, whatever their targets.

    Parameters
    ----------
    examples : Examples
    fraction : float
        Of the rows, to validate on.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Examples

    Raises
    ------
    ValueError
        If the rows are too few for it.
    """
    training, validation = _split(examples, fraction, None, rng)
    return _parts(examples, fraction, training, validation)


def hold_out_every_class(
    examples: Examples, fraction: float, labels: np.ndarray | None, rng: np.random.Generator
) -> tuple[Examples, Examples]:
    """Part examples of classes into those to train on and those to validate on.

    A class that would be held out whole keeps a row to train on.

    Parameters
    ----------
    examples : Examples
    fraction : float
        Of the rows, to validate on.
    labels : ndarray of shape (rows,) or None
        Of which each part is to have every class in its proportion.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Examples

    Raises
    ------
    ValueError
        If the rows are too few for it.

    Warns
    -----
    UserWarning
        If a class has no row to validate on; names it.
    """
    training, validation = _split(examples, fraction, labels, rng)
    training, validation = _with_every_class(examples.targets, training, validation)
    parts = _parts(examples, fraction, training, validation)
    _warn_of_unseen_classes(examples, labels, fraction, validation)
    return parts


def _split(
    examples: Examples, fraction: float, labels: np.ndarray | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of rows to train on, and to validate on."""
    try:
        training, validation = train_test_split(
            np.arange(examples.n_rows),
            test_size=fraction,
            stratify=labels,
            random_state=int(rng.integers(2**31)),
        )
    except ValueError as error:
        how = "" if labels is None else ", with every class in its proportion"
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={fraction} of "
            f"{examples.n_rows} rows{how}: {str(error).rstrip('.')}. Give X_val and y_val, or "
            "change validation_fraction."
        ) from error
    return training, validation


def _parts(
    examples: Examples, fraction: float, training: np.ndarray, validation: np.ndarray
) -> tuple[Examples, Examples]:
    if len(validation) < 2:
        raise ValueError(
            f"The validation set is too small: validation_fraction={fraction} of "
            f"{examples.n_rows} rows. Increase validation_fraction, or give X_val and y_val."
        )
    # In the order of the data, which is fast to read where they are on disk.
    training, validation = np.sort(training), np.sort(validation)
    return (
        examples.take(training).weighed(examples.weights[training]),
        examples.take(validation).weighed(examples.weights[validation]),
    )


def _with_every_class(
    targets: np.ndarray, training: np.ndarray, validation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move a row of each class that is validated on alone to those to train on."""
    for column in targets.reshape(len(targets), -1).T:
        for value in np.setdiff1d(column[validation], column[training]):
            moved = np.argmax(column[validation] == value)
            training = np.append(training, validation[moved])
            validation = np.delete(validation, moved)
    return training, validation


def _warn_of_unseen_classes(
    examples: Examples, labels: np.ndarray | None, fraction: float, validation: np.ndarray
) -> None:
    targets = examples.targets
    unseen = (
        np.flatnonzero(targets.any(axis=0) & ~targets[validation].any(axis=0))
        if labels is None
        else np.setdiff1d(labels, labels[validation])
    )
    if len(unseen):
        warn_user(
            f"early_stopping holds out no row of the classes {unseen.tolist()[:20]}, so that its "
            f"score tells nothing of them: validation_fraction={fraction} of {examples.n_rows} "
            "rows is too few. Increase validation_fraction, or give X_val and y_val."
        )
