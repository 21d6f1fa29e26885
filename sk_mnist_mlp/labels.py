"""Class labels, and how the network's outputs stand for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np


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
    def output(self) -> Literal["softmax", "sigmoid"]:
        """What turns logits into probabilities."""
        return "softmax" if self.n_outputs > 1 and self.indicator is None else "sigmoid"

    @property
    def n_outputs(self) -> int:
        """Number of logits: one for two classes, else one a class."""
        two_classes = len(self.classes) == 2 and self.indicator is None
        return 1 if two_classes else len(self.classes)

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
            Class numbers (int32) of shape (rows,) for softmax; 0 or 1 (int8) of
            shape (rows, outputs) for sigmoid.

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
            return y.astype(np.int8)
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
        class_numbers = np.searchsorted(self.classes, y)
        if self.output == "sigmoid":
            return class_numbers.astype(np.int8)[:, None]
        return class_numbers.astype(np.int32)

    def decode(self, logits: np.ndarray) -> np.ndarray:
        """Labels that the logits make most probable, in the dtype of the labels."""
        if self.indicator is not None:
            return (logits > 0).astype(self.indicator)
        if self.output == "sigmoid":
            return self.classes[(logits[:, 0] > 0).astype(int)]
        return self.classes[logits.argmax(axis=1)]


def unique(y: np.ndarray, name: str) -> np.ndarray:
    """Sorted labels, each once."""
    try:
        return np.unique(y)
    except TypeError:
        kinds = ", ".join(sorted({type(label).__name__ for label in y}))
        raise TypeError(
            f"{name} must have labels of one kind, which can be sorted. Got a mix of {kinds}."
        ) from None
