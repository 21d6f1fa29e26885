"""Class labels, and how the network's outputs stand for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.hold_out import hold_out_every_class
from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.network.class_heads import CLASS_HEADS
from sk_mnist_mlp.network.sparse import as_dense
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.user_warnings import warn_user

LEAST_ONE_HOT_ROWS = 100  # on fewer, several labels may all come one by one


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

    constant: ClassVar[str] = "the shares of the classes"

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

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes of the estimator that tell of y."""
        return {"classes_": self.classes}

    @property
    def loss_of_guess(self) -> float:
        """Cross-entropy of taking all outcomes for equally probable."""
        return math.log(len(self.classes) if self.indicator is None else 2)

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
            return CLASS_HEADS[self.head].encode(y)
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
        return CLASS_HEADS[self.head].encode(np.searchsorted(self.classes, y))

    def decode(self, logits: np.ndarray) -> np.ndarray:
        """Labels that the logits make most probable, in the dtype of the labels."""
        predicted = CLASS_HEADS[self.head].predict(logits)
        if self.indicator is not None:
            return predicted.astype(self.indicator)
        return self.classes[predicted]

    def hold_out(
        self, examples: Examples, fraction: float, rng: np.random.Generator
    ) -> tuple[Examples, Examples]:
        """Part examples into those to train on and those to validate on."""
        labels = None if self.indicator else examples.y
        return hold_out_every_class(examples, fraction, labels, rng)

    def in_units_of_y(self, weights: Weights) -> Weights:
        """The network itself, whose outputs are of classes."""
        return weights


@dataclass(frozen=True, eq=False)
class Classification:
    """What a classifier takes y for: a label a row, or an indicator matrix.

    Parameters
    ----------
    owner : str
        Name of the classifier, for messages.
    classes : array-like, optional
        All labels that y may have now or later.
    keeps_classes : bool
        Whether y of a network that is trained further may lack some of its classes.
    """

    owner: str
    classes: ArrayLike | None = None
    keeps_classes: bool = False

    def check(self, y: Any, known: Targets | None) -> np.ndarray:
        """Check y; gives labels of one dimension, or an indicator matrix, which has two."""
        wanted = isinstance(known, Labels) and known.indicator is not None
        if wanted or (y.ndim == 2 and type_of_target(y) == "multilabel-indicator"):
            return np.asarray(as_dense(y))
        return column_or_1d(y, warn=True)

    def targets(self, y: np.ndarray, weights: np.ndarray, known: Targets | None) -> Labels:
        """Find the labels of rows that count.

        Raises
        ------
        ValueError, TypeError
            If these are no labels, only one class is left, or they are others than before.

        Warns
        -----
        UserWarning
            Where an indicator matrix seems to stand for single labels.
        """
        if isinstance(known, Labels):
            labels = known if self.keeps_classes else self._labels(y, weights)
            _check_same_classes(known, labels)
            return labels
        labels = self._labels(y, weights)
        if labels.indicator is not None:
            _warn_of_one_hot_labels(y[weights > 0])
        return labels

    def _labels(self, y: np.ndarray, weights: np.ndarray) -> Labels:
        if y.ndim == 2:
            labels = Labels(np.arange(y.shape[1]), y.dtype.name)
            if self.classes is not None and not np.array_equal(
                np.unique(self.classes), labels.classes
            ):
                raise ValueError(
                    "classes must be the numbers of y's columns where y is an indicator matrix: "
                    f"{labels.classes.tolist()}. Got {np.asarray(self.classes).tolist()} instead."
                )
        else:
            given = y[weights > 0] if self.classes is None else np.asarray(self.classes)
            labels = Labels(unique(given, "y"))
            check_classification_targets(y)
        if len(labels.classes) < 2:
            raise ValueError(
                f"{self.owner} needs samples of at least 2 classes in y, but there is only one "
                f"class: {labels.classes.tolist()[0]!r}."
            )
        return labels


def _check_same_classes(before: Labels, labels: Labels) -> None:
    if not np.array_equal(labels.classes, before.classes):
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous "
            f"call to fit. Previously got {before.classes}, `y` has {labels.classes}"
        )


def _warn_of_one_hot_labels(y: np.ndarray) -> None:
    if len(y) >= LEAST_ONE_HOT_ROWS and (y.sum(axis=1) == 1).all():
        warn_user(
            f"y is an indicator matrix with exactly one label in each of its {len(y)} rows: it is "
            "taken for several labels, each of which a row may have or not, and predictions may "
            "have none or many. If each row is of one class, fit with y.argmax(axis=1)."
        )


def unique(y: np.ndarray, name: str) -> np.ndarray:
    """Sorted labels, each once."""
    try:
        return np.unique(y)
    except TypeError:
        kinds = ", ".join(sorted({type(label).__name__ for label in y}))
        raise TypeError(
            f"{name} must have labels of one kind, which can be sorted. Got a mix of {kinds}."
        ) from None
