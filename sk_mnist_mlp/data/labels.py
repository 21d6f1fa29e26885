"""Class labels, and how the network's outputs stand for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network.heads import HEADS


@dataclass(frozen=True, eq=False)
class Labels:
    """The classes of a single label a row, or of an indicator matrix.

    Parameters
    ----------
    classes : ndarray of shape (classes,)
        Sorted, in the dtype of the labels; the columns' numbers for an
        indicator matrix.
    indicator : str or None
        Dtype of the indicator matrix; None where each row has one label.
    """

    classes: np.ndarray
    indicator: str | None = None

    @property
    def head(self) -> str:
        """Kind of output, one of `HEADS`."""
        if self.indicator is not None:
            return "sigmoids"
        return "sigmoid" if len(self.classes) == 2 else "softmax"

    @property
    def n_outputs(self) -> int:
        """Number of logits: one for two classes, else one a class."""
        return 1 if self.head == "sigmoid" else len(self.classes)

    def encode(self, y: np.ndarray, name: str) -> np.ndarray:
        """Targets of labels.

        Parameters
        ----------
        y : ndarray of shape (rows,) or (rows, classes)
        name : str
            Of the argument, for messages.

        Returns
        -------
        ndarray
            Class numbers (int32) of shape (rows,) for more than two classes; else 0 or 1
            (int8) of shape (rows, outputs).

        Raises
        ------
        ValueError
            If a label is none of the classes, an indicator matrix has other
            columns or values than 0 and 1, or one is the other.
        TypeError
            If labels of different kinds cannot be sorted.
        """
        if self.indicator is not None:
            if y.ndim != 2 or y.shape[1] != len(self.classes):
                raise ValueError(
                    f"{name} must be an indicator matrix with {len(self.classes)} columns. Got "
                    f"shape {y.shape} instead."
                )
            if not ((y == 0) | (y == 1)).all():
                raise ValueError(
                    f"{name} must be an indicator matrix of 0 and 1. Got the values "
                    f"{unique(y.ravel(), name)[:5].tolist()} instead: where p marks a label that "
                    f"a row has, pass ({name} == p).astype(int)."
                )
            return HEADS[self.head].encode(y)
        if y.ndim != 1:
            raise ValueError(
                f"{name} must have one label a row, of the classes {self.classes.tolist()[:20]}. "
                f"Got an indicator matrix with {y.shape[1]} columns instead: one-hot rows become "
                f"labels by classes_[{name}.argmax(axis=1)]."
            )
        unseen = np.setdiff1d(unique(y, name), self.classes)
        if len(unseen):
            raise ValueError(
                f"{name} contains labels that are none of the classes: {unseen[:5].tolist()}. "
                f"The classes are {self.classes.tolist()[:20]}."
            )
        return HEADS[self.head].encode(np.searchsorted(self.classes, y))

    def labels_of(self, targets: np.ndarray) -> np.ndarray:
        """Undo `encode`."""
        if self.indicator is not None:
            return targets.astype(self.indicator)
        return self.classes[targets.ravel()]

    def decode(self, logits: np.ndarray) -> np.ndarray:
        """Labels that the logits make most probable, in the dtype of the labels."""
        predicted = HEADS[self.head].predict(logits)
        if self.indicator is not None:
            return predicted.astype(self.indicator)
        return self.classes[predicted]


def unique(y: np.ndarray, name: str) -> np.ndarray:
    """Sorted labels, each once."""
    try:
        return np.unique(y)
    except TypeError:
        kinds = ", ".join(sorted({type(label).__name__ for label in y}))
        raise TypeError(
            f"{name} must have labels of one kind, which can be sorted. Got a mix of {kinds}."
        ) from None
