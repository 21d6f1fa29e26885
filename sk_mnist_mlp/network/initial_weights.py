"""Where a network's weights start."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from sk_mnist_mlp.network.error_state import regardless_of_error_state
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import BatchNorm, Weights

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
