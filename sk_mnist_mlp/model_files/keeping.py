"""How an estimator is kept: in files, pickles and copies."""

from __future__ import annotations

import copy
from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.model_files.estimators import AnyPath, load_estimator, save_estimator
from sk_mnist_mlp.model_files.versions import with_version, without_version


class KeepingMixin:
    """Methods of an estimator whose fitted attributes are those of `fitted_attributes`."""

    def save(self, path: AnyPath) -> None:
        """Write the fitted estimator to a file, from which `load` gives it back.

        The file is a zip archive of JSON and npy arrays, without pickles or code.
        It takes the name when it is whole. Training goes on from what was loaded
        bitwise as it would have from this estimator, where that was trained with
        `warm_start` or by `partial_fit`; after a plain `fit` the optimizer's state,
        larger than the weights, is left out, and going on begins with a fresh one.

        Parameters
        ----------
        path : path-like
            Its ending is free, such as ``.zip``, but for those of other formats
            (``.keras``, ``.pkl`` and so on). A file that is there is replaced, and
            keeps its mode; through a symbolic link its target is.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator was not fitted.
        ValueError
            If a parameter cannot be written down, such as an activation that
            is a callable; says which, and what to do. If `path` is empty or
            has the ending of another format.
        OSError
            If the file cannot be written.

        Notes
        -----
        Callbacks and requests of metadata routing are not saved.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from sk_mnist_mlp import KerasMLPClassifier
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
        >>> clf = KerasMLPClassifier(widths=(8,), epochs=50, random_state=0).fit(X, y)
        >>> with TemporaryDirectory() as folder:
        ...     clf.save(Path(folder, "model.zip"))
        ...     loaded = KerasMLPClassifier.load(Path(folder, "model.zip"))
        >>> bool((loaded.predict_proba(X) == clf.predict_proba(X)).all())
        True
        """
        check_is_fitted(self)
        save_estimator(self, path)

    @classmethod
    def load(cls, path: AnyPath) -> Self:
        """Read a fitted estimator from a file that `save` wrote.

        The file may come from anyone: it is checked against its own digests and
        what the network needs, and nothing in it is run. Loading needs neither
        TensorFlow nor Keras, unless a parameter is an optimizer instance.

        Parameters
        ----------
        path : path-like
            Of the file.

        Returns
        -------
        self : object
            Of the class that it is called on, fitted.

        Raises
        ------
        OSError
            If there is no file, or it cannot be read.
        ValueError
            If the file is damaged, altered, of a later format or anything else
            than `save` writes; names the entry and the reason. If `path` is empty.
        """
        return load_estimator(cls, path)

    # super() is of the estimator that it is mixed into, which mypy cannot know.
    def __getstate__(self) -> dict[str, Any]:
        state = with_version(super().__getstate__())  # type: ignore[arg-type]
        if not state.get("_keeps_optimizer_state", True):
            state["_optimizer_state"] = None  # larger than all else together
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(without_version(state, type(self).__name__))  # type: ignore[misc]

    def __copy__(self) -> Self:
        other = type(self).__new__(type(self))
        other.__dict__ |= self.__dict__
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__dict__ |= copy.deepcopy(self.__dict__, memo)
        return other
