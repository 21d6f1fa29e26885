"""What TensorFlow does not survive: a fork, and an interrupt while it loads or traces."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

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


def uninterrupted(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Call a function in a thread of its own, where no KeyboardInterrupt can arrive.

    Python raises it in the main thread alone. One that comes meanwhile is
    raised when the function has come to its end.

    Parameters
    ----------
    function : callable
    *args, **kwargs : object
        Its arguments.

    Returns
    -------
    object
        What the function returns.
    """
    results: list[Result] = []
    errors: list[BaseException] = []
    finished = threading.Event()

    def work() -> None:
        try:
            results.append(function(*args, **kwargs))
        except BaseException as error:
            errors.append(error)
        finally:
            finished.set()

    thread = threading.Thread(target=work)
    try:
        thread.start()
        finished.wait()
    finally:
        if thread.is_alive():  # `join`, once interrupted, would take it for finished
            finished.wait()
    thread.join()
    if errors:
        raise errors.pop()  # not kept, as it refers to this frame
    return results[0]
