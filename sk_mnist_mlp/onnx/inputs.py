"""What an estimator is given in ONNX: one tensor of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    FloatTensorType,
    Int32TensorType,
    Int64TensorType,
    UInt8TensorType,
)
from skl2onnx.common.utils import check_input_and_output_numbers, check_input_and_output_types

from sk_mnist_mlp.onnx.graph import Graph

NUMBERS = [
    BooleanTensorType,
    DoubleTensorType,
    FloatTensorType,
    Int32TensorType,
    Int64TensorType,
    UInt8TensorType,
]

TENSOR_TYPES = {np.dtype(np.float32): FloatTensorType, np.dtype(np.float64): DoubleTensorType}
"""skl2onnx' name of each dtype of arithmetic."""


def check_input(operator: Any) -> None:
    """Refuse what skl2onnx cannot give as one tensor of numbers."""
    check_input_and_output_numbers(operator, input_count_range=1)
    check_input_and_output_types(operator, good_input_types=NUMBERS)


def dtype_of(operator: Any) -> np.dtype:
    """Dtype of the arithmetic: float64 where the input is, else float32, as skl2onnx has it."""
    is_double = isinstance(operator.inputs[0].type, DoubleTensorType)
    return np.dtype(np.float64 if is_double else np.float32)


def add_rows(graph: Graph, operator: Any) -> str:
    """Add the input in the graph's dtype, images as rows of pixels, and return its name."""
    x = operator.inputs[0]
    rows = graph.node("Cast", x.full_name, to=graph.tensor_type)
    is_flat = len(x.type.shape) <= 2
    return rows if is_flat else graph.node("Flatten", rows, axis=1)
