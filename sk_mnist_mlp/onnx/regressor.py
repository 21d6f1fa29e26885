"""`KerasMLPRegressor` in ONNX: quantities, in the units of y."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.fitting.fitted import weights_of
from sk_mnist_mlp.network.error_state import regardless_of_error_state
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS
from sk_mnist_mlp.onnx.graph import Graph
from sk_mnist_mlp.onnx.inputs import TENSOR_TYPES, add_rows, check_input, dtype_of
from sk_mnist_mlp.onnx.network import add_network


def set_output_types(operator: Any) -> None:
    """Declare type and shape of the quantities: a column for each, as skl2onnx has it."""
    check_is_fitted(operator.raw_operator)
    check_input(operator)
    n_rows = operator.inputs[0].get_first_dimension()
    n_outputs = operator.raw_operator._start.network.n_outputs
    operator.outputs[0].set_type(TENSOR_TYPES[dtype_of(operator)]([n_rows, n_outputs]))


@regardless_of_error_state
def convert(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a fitted regressor."""
    estimator = operator.raw_operator
    spec, targets = estimator._start.network, estimator._targets
    graph = Graph(scope, container, dtype_of(operator))
    scaled = add_network(graph, spec, weights_of(estimator), add_rows(graph, operator))
    if QUANTITY_HEADS[spec.head].is_positive:
        scaled = graph.node("Exp", scaled)
    in_units = graph.node("Mul", scaled, targets.scale)
    graph.node("Add", in_units, targets.mean, output=operator.outputs[0].full_name)
