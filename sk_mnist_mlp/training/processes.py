"""What TensorFlow does not survive: a fork."""

from __future__ import annotations

import os
import sys
import threading

ANSWER_SECONDS = 20.0
"""How long TensorFlow is waited for, where this process may have inherited it."""

_inherited_tensorflow = False
# Then a fork between that import and ours went unseen.
_imported_after_tensorflow = "tensorflow" in sys.modules


def _after_fork() -> None:
    global _inherited_tensorflow
    _inherited_tensorflow = "tensorflow" in sys.modules


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def refuse_to_train_after_fork() -> None:
    """Raise where training would hang.

    Raises
    ------
    RuntimeError
        In a process forked after TensorFlow was imported.
    """
    global _imported_after_tensorflow, _inherited_tensorflow
    if _imported_after_tensorflow and not _inherited_tensorflow:
        _inherited_tensorflow = not _tensorflow_answers()
        _imported_after_tensorflow = False
    if _inherited_tensorflow:
        raise RuntimeError(
            "KerasMLPClassifier cannot be fitted in a process that was forked after TensorFlow "
            "was imported: TensorFlow would hang. Use joblib's default backend 'loky', its "
            "'threading', or multiprocessing's start method 'spawn'. Predicting works here."
        )


def _tensorflow_answers() -> bool:
    """Whether TensorFlow computes: a fork leaves its threads behind."""
    import tensorflow as tf

    answered = threading.Event()

    def ask() -> None:
        with tf.device("CPU"):
            tf.function(tf.negative, autograph=False)(tf.constant(0.0))
        answered.set()

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(ANSWER_SECONDS)
