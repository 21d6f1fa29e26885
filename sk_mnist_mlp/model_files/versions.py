"""The version that a pickle is stamped with."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from sk_mnist_mlp import __version__

_VERSION = "_sk_mnist_mlp_version"


class InconsistentVersionWarning(UserWarning):
    """An estimator was unpickled that another version of this package had pickled.

    Parameters
    ----------
    estimator_name : str
    current_version : str
    original_version : str
    """

    def __init__(self, estimator_name: str, current_version: str, original_version: str) -> None:
        super().__init__(estimator_name, current_version, original_version)
        self.estimator_name = estimator_name
        self.current_version = current_version
        self.original_version = original_version

    def __str__(self) -> str:
        return (
            f"{self.estimator_name} was pickled by sk_mnist_mlp {self.original_version} and is "
            f"unpickled by {self.current_version}: it may fail, or give other results. Unpickle it "
            "by the version that pickled it, `save` it there, and `load` that here."
        )


def with_version(state: Mapping[str, Any]) -> dict[str, Any]:
    """State to be pickled, with the version of this package."""
    return {**state, _VERSION: __version__}


def without_version(state: Mapping[str, Any], estimator_name: str) -> dict[str, Any]:
    """State that was pickled, without the version; warns where it is another."""
    unstamped = dict(state)
    version = unstamped.pop(_VERSION, "of an unknown version")
    if version != __version__:
        # The caller is __setstate__, whose caller unpickles.
        warnings.warn(
            InconsistentVersionWarning(estimator_name, __version__, version), stacklevel=3
        )
    return unstamped
