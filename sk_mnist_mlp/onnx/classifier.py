"""`KerasMLPClassifier` in ONNX: labels and probabilities, as skl2onnx has them."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from skl2onnx.common.data_types import Int64TensorType, StringTensorType

from sk_mnist_mlp.fitting.fitted import weights_of
from sk_mnist_mlp.network.error_state import regardless_of_error_state
from sk_mnist_mlp.onnx.graph import Graph
from sk_mnist_mlp.onnx.inputs import TENSOR_TYPES, add_rows, check_input, dtype_of
from sk_mnist_mlp.onnx.network import add_network

OPTIONS = {
    "zipmap": [True, False, "columns"],
    "nocl": [True, False],
    "output_class_labels": [False, True],
    "raw_scores": [True, False],
}
"""What may be asked of the conversion, as of skl2onnx' own classifiers."""


def set_output_types(operator: Any) -> None:
    """Declare types and shapes of labels and probabilities."""
    check_input(operator)
    estimator = operator.raw_operator
    n_rows, n_classes = operator.inputs[0].get_first_dimension(), len(estimator.classes_)
    is_number = _classes(operator).dtype == np.int64
    has_several = estimator._start.network.head == "sigmoids"
    label, scores = operator.outputs
    label_type = Int64TensorType if is_number else StringTensorType
    label.set_type(label_type([n_rows, n_classes] if has_several else [n_rows]))
    scores.set_type(TENSOR_TYPES[dtype_of(operator)]([n_rows, n_classes]))


@regardless_of_error_state
def convert(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a fitted classifier."""
    estimator = operator.raw_operator
    spec = estimator._start.network
    label, scores = (variable.full_name for variable in operator.outputs)
    graph = Graph(scope, container, dtype_of(operator))
    logits = add_network(graph, spec, weights_of(estimator), add_rows(graph, operator))
    if spec.head == "sigmoid":
        logits = graph.node("Mul", logits, np.array([[-1, 1]]))
    _add_label(graph, spec.head, logits, _classes(operator), label)
    if container.get_options(estimator, {"raw_scores": False})["raw_scores"]:
        graph.node("Identity", logits, output=scores)
    else:
        _add_probabilities(graph, spec.head, logits, scores)


def _add_label(graph: Graph, head: str, logits: str, classes: np.ndarray, output: str) -> None:
    if head == "sigmoids":
        graph.node("Cast", graph.node("Greater", logits, 0), to=TensorProto.INT64, output=output)
    else:
        number = graph.node("ArgMax", logits, axis=1, keepdims=0)
        graph.node("Gather", graph.labels(classes), number, output=output)


def _add_probabilities(graph: Graph, head: str, logits: str, output: str) -> None:
    if head == "sigmoids":
        # The Sigmoid of onnxruntime rounds small probabilities to 0 in float32.
        power = graph.node("Exp", graph.node("Neg", logits))
        probabilities = graph.node("Reciprocal", graph.node("Add", power, 1))
        zero, one = graph.dtype.type(0), graph.dtype.type(1)
        above_zero = graph.node("Max", probabilities, np.nextafter(zero, one))
        graph.node("Min", above_zero, np.nextafter(one, zero), output=output)
    elif head == "sigmoid":
        # The sigmoids of -z and z are the softmax of -z / 2 and z / 2.
        graph.node("Softmax", graph.node("Mul", logits, 0.5), axis=1, output=output)
    else:
        graph.node("Softmax", logits, axis=1, output=output)


def _classes(operator: Any) -> np.ndarray:
    """Class labels as ONNX has them, int64 or text; their numbers with the option ``nocl``."""
    estimator = operator.raw_operator
    classes = estimator.classes_
    if operator.scope_inst.get_options(estimator, {"nocl": False})["nocl"]:
        return np.arange(len(classes), dtype=np.int64)
    if classes.dtype.kind in "biuf" and np.array_equal(classes.astype(np.int64), classes):
        return classes.astype(np.int64)
    if all(isinstance(label, str) for label in classes):
        return classes
    raise ValueError(
        "To be converted to ONNX, class labels must be integers, booleans or text. Got "
        f"{classes.tolist()[:20]} instead: convert with options={{'nocl': True}}, which gives the "
        "number of each class in its place."
    )
