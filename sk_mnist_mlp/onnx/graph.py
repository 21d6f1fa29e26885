"""Nodes of an ONNX graph, as expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper


@dataclass(frozen=True, eq=False)
class Graph:
    """The graph that skl2onnx builds, where one estimator adds its nodes.

    Parameters
    ----------
    scope : skl2onnx.common._topology.Scope
        Gives names.
    container : skl2onnx.common._container.ModelComponentContainer
        Takes nodes and constants.
    dtype : numpy.dtype
        Of the arithmetic.
    """

    scope: Any
    container: Any
    dtype: np.dtype

    @property
    def tensor_type(self) -> int:
        """ONNX' number of the dtype."""
        return TensorProto.DOUBLE if self.dtype == np.float64 else TensorProto.FLOAT

    def node(
        self,
        kind: str,
        *inputs: str | float | np.ndarray,
        output: str | None = None,
        **attributes: Any,
    ) -> str:
        """Add a node of one output, and return the output's name.

        Parameters
        ----------
        kind : str
            Operator of ONNX.
        *inputs : str, float or ndarray
            Names of tensors; a number or an array is a constant in the graph's dtype.
        output : str or None
            Name of the output; None makes a new one.
        **attributes : object
            Of the node.

        Returns
        -------
        str
        """
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        output = output or self.scope.get_unique_variable_name(kind.lower())
        name = self.scope.get_unique_operator_name(kind)
        self.container.add_node(kind, names, output, name=name, **attributes)
        return output

    def constant(self, value: float | np.ndarray) -> str:
        """Add a number or an array in the graph's dtype, and return its name."""
        name = self.scope.get_unique_variable_name("constant")
        tensor = numpy_helper.from_array(np.asarray(value, self.dtype), name)
        self.container.add_initializer(name, None, None, tensor)
        return name

    def labels(self, classes: np.ndarray) -> str:
        """Add class labels, int64 or text, and return their name."""
        name = self.scope.get_unique_variable_name("classes")
        if classes.dtype == np.int64:
            self.container.add_initializer(name, TensorProto.INT64, classes.shape, classes)
        else:
            encoded = [label.encode("utf-8") for label in classes]
            self.container.add_initializer(name, TensorProto.STRING, classes.shape, encoded)
        return name
