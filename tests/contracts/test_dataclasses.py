"""Values of the package that hold arrays can be compared: no `==` of theirs raises."""

import dataclasses
import importlib
import pkgutil
import re
from importlib.util import find_spec

import numpy as np
import pytest

import sk_mnist_mlp
from sk_mnist_mlp.backends.choice import BACKENDS
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import BatchNorm, Weights


def dataclasses_of_the_package():
    for module in pkgutil.walk_packages(sk_mnist_mlp.__path__, "sk_mnist_mlp."):
        # Modules of backends have none, and import what may not be installed.
        if module.name.endswith(("__main__", *(f".on_{name}" for name in BACKENDS))):
            continue
        if find_spec("skl2onnx") or not module.name.startswith("sk_mnist_mlp.onnx."):
            values = vars(importlib.import_module(module.name)).values()
            own = (value for value in values if getattr(value, "__module__", "") == module.name)
            yield from filter(dataclasses.is_dataclass, own)


def may_hold_arrays(cls, holders):
    kinds = [str(field.type) for field in dataclasses.fields(cls)]
    # Functions of arrays hold none.
    words = {word for kind in kinds if "Callable" not in kind for word in re.findall(r"\w+", kind)}
    return "Any" in kinds or bool(words & holders)


def holders_of_arrays():
    """Dataclasses with fields of arrays or tensors, and those with fields of these."""
    known, names = set(), {"ndarray"}
    classes = list(dataclasses_of_the_package())
    while found := {cls for cls in classes if may_hold_arrays(cls, names)} - known:
        known |= found
        names |= {cls.__name__ for cls in found}
    return sorted(known, key=lambda cls: cls.__qualname__)


def filled(cls):
    """An instance with an array in each field."""
    instance = object.__new__(cls)
    for field in dataclasses.fields(cls):
        object.__setattr__(instance, field.name, np.arange(3.0))
    return instance


@pytest.mark.parametrize("cls", holders_of_arrays(), ids=lambda cls: cls.__qualname__)
def test_instances_that_hold_arrays_compare_without_an_error(cls):
    if cls not in (Weights, BatchNorm):
        assert filled(cls) != filled(cls)


def drawn(seed):
    network = NetworkSpec(5, (4, 3), 3, "softmax", batch_norm="after")
    return draw_initial_weights(network, ("he",) * 3, np.random.default_rng(seed), np.float64)


def test_weights_are_equal_where_all_their_numbers_are():
    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    assert drawn(0) != "weights"
    assert drawn(0).batch_norms[0] == drawn(1).batch_norms[0]
    assert drawn(0).batch_norms[0] != drawn(0).batch_norms[1]
