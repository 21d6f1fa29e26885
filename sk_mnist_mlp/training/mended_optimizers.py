"""What optimizers of Keras' do otherwise than their papers, put right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops


class MendedMuon:
    """Muon whose factor for a matrix is right in any dtype: Keras has its default one only."""

    rms_rate: float | None

    def lr_adjust(self, x: Any) -> Any:
        """Multiply by the factor of Liu et al. 2025 (arXiv:2502.16982)."""
        return x if self.rms_rate is None else x * (math.sqrt(max(x.shape)) * self.rms_rate)


# What follows calls super() of the class that it is mixed into, which mypy cannot know.
class MendedScheduleFreeAdamW:
    """Schedule-free AdamW as algorithm 1 of Defazio et al. 2024 (arXiv:2405.15682) has it.

    It moves z by gradients at y, between z and the average x that predicts. Keras' own weighs
    all steps alike in x, those of the warmup too; its weight decay shrinks x, and not z; and
    on TensorFlow it reads z after having changed it.
    """

    def build(self: Any, var_list: Sequence[Any]) -> None:
        """Make z and v of each variable, and the sum of the squared rates."""
        if not self.beta_1:
            raise ValueError(
                "The 'optimizer' parameter may not be a ScheduleFreeAdamW with beta_1=0, in which "
                "the average has no part: choose one in (0, 1), such as 0.9."
            )
        super(keras.optimizers.ScheduleFreeAdamW, self).build(var_list)  # type: ignore[misc]
        self.decay, self.weight_decay = self.weight_decay, None
        self.total = self.add_variable((), dtype=var_list[0].dtype, name="total")
        self.iterates, self.squares = {}, {}
        for variable in var_list:
            self.iterates[variable.path] = self.add_variable_from_reference(variable, "iterate")
            self.iterates[variable.path].assign(variable)
            self.squares[variable.path] = self.add_variable_from_reference(variable, "squares")

    @property
    def learning_rate(self: Any) -> Any:
        """Rate of the next step, which rises over the warmup."""
        rate = super().learning_rate  # type: ignore[misc]
        if self.warmup_steps:
            step = ops.cast(self.iterations + 1, rate.dtype)
            rate = rate * ops.minimum(step / self.warmup_steps, 1.0)
        return rate

    def apply(self: Any, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """Add the squared rate, which is the step's weight in x, and update all variables."""
        self.assign_add(self.total, ops.square(ops.cast(self.learning_rate, self.total.dtype)))
        super().apply(grads, trainable_variables)  # type: ignore[misc]

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable, which is y."""
        y, dtype = variable.value, variable.dtype
        z, squares = self.iterates[variable.path].value, self.squares[variable.path].value
        rate = ops.cast(learning_rate, dtype)
        step = ops.cast(self.iterations + 1, dtype)
        x = z + (y - z) / self.beta_1
        squares = self.beta_2 * squares + (1 - self.beta_2) * ops.square(gradient)
        direction = gradient / (ops.sqrt(squares / (1 - self.beta_2**step)) + self.epsilon)
        if self.decay:
            direction = direction + self.decay * y
        z = z - rate * direction
        x = x + ops.divide_no_nan(ops.square(rate), self.total.value) * (z - x)
        self.assign(self.squares[variable.path], squares)
        self.assign(self.iterates[variable.path], z)
        self.assign(variable, z + self.beta_1 * (x - z))


_MENDED: Mapping[str, type] = {
    "Muon": MendedMuon,
    "ScheduleFreeAdamW": MendedScheduleFreeAdamW,
}
"""By the names of Keras' classes, some of which older versions lack."""


def mended_bases(cls: type) -> tuple[type, ...]:
    """Bases that mend this class, of Keras' or derived, where it is not its own that it runs."""
    bases: list[type] = [cls]
    for name, mended in _MENDED.items():
        own = getattr(keras.optimizers, name, None)
        methods = [method for method in vars(mended) if not method.startswith("__")]
        if own in cls.__mro__ and all(
            getattr(cls, method, None) is getattr(own, method, None) for method in methods
        ):
            bases.insert(0, mended)
    return tuple(bases)
