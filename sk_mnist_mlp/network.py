"""The network as a value: its shapes, its weights and where these start."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sk_mnist_mlp.error_state import regardless_of_error_state

BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3

TRAINABLE_PARTS = ("gamma", "beta")
MOVING_PARTS = ("mean", "variance")
"""Of a batch normalisation: what the optimizer moves, and what follows the data."""


@dataclass(frozen=True)
class NetworkSpec:
    """What determines the shape of the computation, and nothing else.

    Parameters
    ----------
    n_features : int
        Columns of the input.
    widths : tuple of int
        Units of each hidden layer; empty for softmax regression.
    n_outputs : int
        Number of logits.
    output : {"softmax", "sigmoid"}
        What turns logits into probabilities: one distribution over the
        outputs, or one independent probability for each.
    activation : str or callable
        Applied by each hidden layer.
    batch_norm : {None, "after", "before"}
        Whether hidden layers normalise, and on which side of the activation.
    """

    n_features: int
    widths: tuple[int, ...]
    n_outputs: int
    output: Literal["softmax", "sigmoid"]
    activation: str | Callable[[Any], Any] = "relu"
    batch_norm: Literal["after", "before"] | None = None

    @property
    def kernel_shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape (inputs, outputs) of each layer's kernel, output layer included."""
        sizes = (self.n_features, *self.widths, self.n_outputs)
        return tuple(itertools.pairwise(sizes))

    @property
    def normalised_widths(self) -> tuple[int, ...]:
        """Units of each layer that normalises."""
        return self.widths if self.batch_norm else ()

    @property
    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each tensor by its name, as `Weights.tensors` names them."""
        shapes: dict[str, tuple[int, ...]] = {}
        for i, shape in enumerate(self.kernel_shapes):
            shapes[f"kernels/{i}"] = shape
        for i, (_, outputs) in enumerate(self.kernel_shapes):
            shapes[f"biases/{i}"] = (outputs,)
        for part in (*TRAINABLE_PARTS, *MOVING_PARTS):
            for i, width in enumerate(self.normalised_widths):
                shapes[f"batch_norms/{i}/{part}"] = (width,)
        return shapes

    @property
    def trainable(self) -> tuple[str, ...]:
        """Names of the tensors that the optimizer moves."""
        return tuple(name for name in self.tensor_shapes if not name.endswith(MOVING_PARTS))

    @property
    def moving(self) -> tuple[str, ...]:
        """Names of the moving moments of batch normalisation."""
        return tuple(name for name in self.tensor_shapes if name.endswith(MOVING_PARTS))

    @property
    def n_weights(self) -> int:
        """Entries of all kernels: the multiply-adds that one row costs."""
        return sum(math.prod(shape) for shape in self.kernel_shapes)

    @property
    def n_trainable_parameters(self) -> int:
        """Numbers that the optimizer moves."""
        n_biases = sum(self.widths) + self.n_outputs
        return self.n_weights + n_biases + 2 * sum(self.normalised_widths)

    @property
    def n_parameters(self) -> int:
        """Trainable parameters and the moving moments of batch normalisation."""
        return self.n_trainable_parameters + 2 * sum(self.normalised_widths)


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """One batch normalisation: scale, shift and moving moments, each of shape (units,)."""

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchNorm) and _all_equal(vars(self), vars(other))


@dataclass(frozen=True, eq=False)
class Weights:
    """All numbers of a network, first layer first; two are equal where all numbers are.

    Parameters
    ----------
    kernels : tuple of ndarray of shape (inputs, outputs)
    biases : tuple of ndarray of shape (outputs,)
    batch_norms : tuple of BatchNorm
        One for each hidden layer, or empty.
    """

    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    batch_norms: tuple[BatchNorm, ...] = ()

    def tensors(self) -> dict[str, np.ndarray]:
        """Every tensor by its name, in the order of `NetworkSpec.tensor_shapes`."""
        tensors = {f"kernels/{i}": kernel for i, kernel in enumerate(self.kernels)}
        tensors |= {f"biases/{i}": bias for i, bias in enumerate(self.biases)}
        for part in (*TRAINABLE_PARTS, *MOVING_PARTS):
            for i, norm in enumerate(self.batch_norms):
                tensors[f"batch_norms/{i}/{part}"] = getattr(norm, part)
        return tensors

    @classmethod
    def of(cls, tensors: Mapping[str, Any]) -> Weights:
        """Weights of tensors by their names."""
        n_layers = sum(name.startswith("kernels/") for name in tensors)
        n_norms = sum(name.endswith("/gamma") for name in tensors)
        parts = (*TRAINABLE_PARTS, *MOVING_PARTS)
        return cls(
            tuple(tensors[f"kernels/{i}"] for i in range(n_layers)),
            tuple(tensors[f"biases/{i}"] for i in range(n_layers)),
            tuple(
                BatchNorm(*(tensors[f"batch_norms/{i}/{part}"] for part in parts))
                for i in range(n_norms)
            ),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Weights) and _all_equal(self.tensors(), other.tensors())


def _all_equal(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


@dataclass(frozen=True, eq=False)
class OptimizerState:
    """An optimizer's variables, to go on training with.

    Parameters
    ----------
    optimizer : str
        Identifies the optimizer whose they are, its settings included.
    slots : dict of str to ndarray
        By their names: ``shared/0`` and so on are the optimizer's own, such as its
        number of steps; ``kernels/0/0`` and so on belong to the tensor of that name.
    """

    optimizer: str
    slots: dict[str, np.ndarray]


STDDEV_RULES: dict[str, Callable[[int, int], float]] = {
    "he": lambda fan_in, fan_out: math.sqrt(2.0 / fan_in),
    "lecun": lambda fan_in, fan_out: math.sqrt(1.0 / fan_in),
    "glorot": lambda fan_in, fan_out: math.sqrt(2.0 / (fan_in + fan_out)),
}
"""Stddev of a normal initial kernel from its fans: He et al. 2015, LeCun et al. 1998,
Glorot & Bengio 2010."""


def initial_stddevs(
    spec: NetworkSpec, init_stddev: Sequence[float | str | None]
) -> tuple[float, ...]:
    """Standard deviation that each kernel is drawn with.

    Parameters
    ----------
    spec : NetworkSpec
    init_stddev : sequence of float, str or None
        One entry a layer, output layer included: a stddev, the name of one of
        `STDDEV_RULES`, or None for Glorot's uniform (whose stddev is that of
        the rule "glorot").

    Returns
    -------
    tuple of float
    """
    return tuple(
        float(entry) if isinstance(entry, float) else STDDEV_RULES[entry or "glorot"](*shape)
        for shape, entry in zip(spec.kernel_shapes, init_stddev, strict=True)
    )


@regardless_of_error_state
def draw_initial_weights(
    spec: NetworkSpec,
    init_stddev: Sequence[float | str | None],
    rng: np.random.Generator,
    dtype: np.dtype,
) -> Weights:
    """Draw the weights that training starts from.

    Kernels are normal, or uniform where `init_stddev` has None, with mean 0;
    biases, betas and moving means are 0; gammas and moving variances are 1.
    All is drawn in float64, so that both dtypes start from the same network.

    Parameters
    ----------
    spec : NetworkSpec
    init_stddev : sequence of float, str or None
        As for `initial_stddevs`.
    rng : numpy.random.Generator
    dtype : numpy.dtype

    Returns
    -------
    Weights

    Examples
    --------
    >>> import numpy as np
    >>> spec = NetworkSpec(4, (3,), 2, "softmax")
    >>> weights = draw_initial_weights(spec, (0.1, None), np.random.default_rng(0), np.float32)
    >>> [kernel.shape for kernel in weights.kernels]
    [(4, 3), (3, 2)]
    """
    kernels = []
    stddevs = initial_stddevs(spec, init_stddev)
    for shape, stddev, entry in zip(spec.kernel_shapes, stddevs, init_stddev, strict=True):
        if entry is None:
            limit = math.sqrt(3.0) * stddev
            kernel = rng.uniform(-limit, limit, shape)
        else:
            kernel = rng.normal(0.0, stddev, shape)
        kernels.append(kernel.astype(dtype))
    return Weights(
        kernels=tuple(kernels),
        biases=tuple(np.zeros(outputs, dtype) for _, outputs in spec.kernel_shapes),
        batch_norms=tuple(
            BatchNorm(
                gamma=np.ones(width, dtype),
                beta=np.zeros(width, dtype),
                mean=np.zeros(width, dtype),
                variance=np.ones(width, dtype),
            )
            for width in spec.normalised_widths
        ),
    )
