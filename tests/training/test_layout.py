"""Tensors and slots are packed for the optimizer and found again."""

import numpy as np
import pytest

from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training.layout import JOINED_KERNEL, Layout
from sk_mnist_mlp.training.optimizers import choose_optimizer, optimizer_names
from sk_mnist_mlp.training.pure_optimizer import PureOptimizer

pytestmark = pytest.mark.usefixtures("in_float64")
LARGE = JOINED_KERNEL // 8 + 1
NETWORKS = {
    "softmax regression": NetworkSpec(8, (), 3, "softmax"),
    "small": NetworkSpec(8, (6, 6, 6), 3, "softmax"),
    "large and normalised": NetworkSpec(8, (LARGE, 5), 1, "sigmoid", batch_norm="before"),
}


def layout_of(network, elementwise):
    shapes = {name: network.tensor_shapes[name] for name in network.trainable}
    return Layout(shapes, elementwise)


def random_tensors(shapes):
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_kernels_alone_are_marked(network, elementwise):
    layout = layout_of(network, elementwise)
    marks = [
        np.broadcast_to(mark, shape)
        for mark, shape in zip(
            layout.marks("kernels/", "float32"), layout.packed_shapes.values(), strict=True
        )
    ]
    for name, mark in layout.unpack(marks).items():
        assert (mark == name.startswith("kernels/")).all()


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_unpacking_undoes_packing(network, elementwise):
    layout = layout_of(network, elementwise)
    tensors = random_tensors(layout.shapes)
    packed = layout.pack(tensors)
    assert [parameter.shape for parameter in packed] == [*layout.packed_shapes.values()]
    assert_same(layout.unpack(packed), tensors)


def test_only_an_elementwise_optimizer_gets_small_tensors_joined():
    network = NETWORKS["large and normalised"]
    assert len(layout_of(network, False).packed_shapes) == len(network.trainable)
    n_joined = 5 * LARGE + 5 + LARGE + 5 + 1 + 2 * (LARGE + 5)
    assert layout_of(network, True).packed_shapes == {
        "kernels/0": (8, LARGE),
        "joined": (n_joined,),
    }


def slots_of(name, network):
    """Slots of a named optimizer for a network, each of numbers of its own."""
    spec = choose_optimizer(name, None).spec
    layout = layout_of(network, spec.elementwise)
    optimizer = PureOptimizer(spec, layout.packed_shapes, "float64")
    rng = np.random.default_rng(0)
    initial = optimizer.initial_slots(layout.pack(random_tensors(layout.shapes)))
    packed = [rng.normal(size=np.shape(slot)) for slot in initial]
    return layout, optimizer.slot_owners, packed


@pytest.mark.parametrize("name", optimizer_names())
def test_slots_are_found_by_the_tensors_that_they_belong_to(name):
    layout, owners, packed = slots_of(name, NETWORKS["small"])
    slots = layout.unpack_slots(packed, owners)
    for slot_name, slot in slots.items():
        tensor = slot_name.rpartition("/")[0]
        shape = layout.shapes.get(tensor, ())
        assert tensor == "shared" or tensor in layout.shapes
        # Adafactor keeps the means of rows and of columns.
        assert slot.shape in (shape, shape[:1], shape[1:])
    for one, other in zip(layout.pack_slots(slots, owners), packed, strict=True):
        np.testing.assert_array_equal(one, other)


def test_names_of_slots_do_not_depend_on_what_is_joined():
    spec = choose_optimizer("adam", None).spec
    names = []
    for elementwise in (True, False):
        layout = layout_of(NETWORKS["small"], elementwise)
        optimizer = PureOptimizer(spec, layout.packed_shapes, "float64")
        slots = optimizer.initial_slots(layout.pack(random_tensors(layout.shapes)))
        names.append(set(layout.unpack_slots(slots, optimizer.slot_owners)))
    assert names[0] == names[1]
    assert {"shared/0", "kernels/3/0", "kernels/3/1", "biases/0/1"} < names[0]
