"""What an interrupt may not reach: Keras' backend, while it loads or traces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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
