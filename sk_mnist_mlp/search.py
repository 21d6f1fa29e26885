"""Hyperparameter searches: what to search, and what a search found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.domains import check_task

if TYPE_CHECKING:
    import pandas as pd


def search_space(prefix: str = "", task: str = "classification") -> dict[str, Any]:
    """Return distributions of the hyperparameters that matter most, for `RandomizedSearchCV`.

    What is compiled into a program (width, depth, activation, batch normalisation
    and optimizer) has two values each, 32 architectures in all; what is passed at
    run time varies freely, and costs nothing to vary: the learning rate, its schedule
    and warmup, initial stddev, dropout, weight decay, label smoothing and averaging.
    The optimizers are those whose good learning rates lie in one range. No number is
    exactly zero, which would be another architecture.

    Parameters
    ----------
    prefix : str, default=""
        Put before each name: ``"mlp__"`` for the step ``"mlp"`` of a `Pipeline`.
    task : {"classification", "regression"}, default="classification"
        Of which estimator the hyperparameters are; labels alone are smoothed.

    Returns
    -------
    dict of str to list or scipy.stats distribution
        A new one each time, to change as you like.

    Raises
    ------
    ValueError
        If there is no such task.

    See Also
    --------
    search_results_frame : What came of the search, as a table.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sk_mnist_mlp import KerasMLPClassifier, search_space
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> clf = KerasMLPClassifier(epochs=3, random_state=0)
    >>> search = RandomizedSearchCV(clf, search_space(), n_iter=2, cv=2, random_state=0)
    >>> bool(search.fit(X / 16, y).best_score_ > 0.5)
    True
    >>> sorted(search_space("mlp__"))[:3]
    ['mlp__activation', 'mlp__averaging', 'mlp__batch_norm']
    """
    check_task(task)
    from scipy.stats import loguniform, uniform

    space = {
        "widths": [64, 256],
        "depth": [1, 2],
        "activation": ["relu", "tanh"],
        "batch_norm": [False, "before"],
        "optimizer": ["adam", "nadam"],
        "init_stddev": ["he", "lecun", "glorot"],
        "learning_rate": loguniform(3e-4, 1e-2),
        "schedule": [None, "linear", "cosine"],
        "warmup": uniform(0.0, 0.3),
        "dropout": uniform(0.0, 0.5),
        "input_dropout": uniform(0.0, 0.2),
        "weight_decay": loguniform(1e-3, 1.0),
        "label_smoothing": uniform(0.0, 0.1),
        "averaging": loguniform(0.9, 0.999),
    }
    if task == "regression":
        del space["label_smoothing"]
    return {prefix + name: values for name, values in space.items()}


def search_results_frame(search: Any) -> pd.DataFrame:
    """Tabulate what a search found, the best candidate first.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV or another search with ``cv_results_``
        Fitted.

    Returns
    -------
    pandas.DataFrame
        One row for each candidate: a column for each parameter, under the name by
        which it was searched; then the rank, mean and standard deviation of the
        test score; then whatever else ``cv_results_`` has. Ints, floats, bools
        or strings alone have their dtype; any other column holds the objects
        that were searched, so that every value may be set again. A parameter
        that a candidate does not have is NaN. With several metrics, the
        candidates are sorted by that of `refit`, or by the first where it names
        none.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the search was not fitted.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sk_mnist_mlp import KerasMLPClassifier, search_results_frame
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> clf = KerasMLPClassifier(widths=(16,), epochs=2, random_state=0)
    >>> search = GridSearchCV(clf, {"learning_rate": [1e-5, 1e-2]}, cv=2).fit(X / 16, y)
    >>> frame = search_results_frame(search)
    >>> frame["learning_rate"].tolist()
    [0.01, 1e-05]
    >>> frame.columns[:4].tolist()
    ['learning_rate', 'rank_test_score', 'mean_test_score', 'std_test_score']
    """
    import pandas as pd

    check_is_fitted(search, "cv_results_")
    results = dict(search.cv_results_)
    candidates = results.pop("params")
    names = [name for name in results if name.startswith("param_")]
    columns = {}
    for name in names:
        del results[name]
        name = name.removeprefix("param_")
        columns[name] = _column([candidate.get(name, math.nan) for candidate in candidates])
    metrics = [name.removeprefix("rank_test_") for name in results if name.startswith("rank_test_")]
    metric = search.refit if search.refit in metrics else metrics[0]
    first = [f"{statistic}_test_{metric}" for statistic in ("rank", "mean", "std")]
    frame = pd.DataFrame(columns | {name: results[name] for name in [*first, *results]})
    # A halving search ranks its iterations together; the candidates of the last one won.
    order, ascending = (
        (["iter", first[0]], [False, True]) if "iter" in results else (first[0], True)
    )
    return frame.sort_values(order, ascending=ascending, kind="stable", ignore_index=True)


def _column(values: list[Any]) -> pd.Series:
    """Values as they are; those of one plain kind in its dtype."""
    import pandas as pd

    # Left to itself, pandas turns ints beside NaN into floats, and None into NaN.
    kind = pd.api.types.infer_dtype(values, skipna=False)
    plain = kind in ("integer", "floating", "boolean", "string")
    return pd.Series(values, dtype=None if plain else object)
