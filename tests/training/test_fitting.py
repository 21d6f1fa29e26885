"""What is compiled depends on the spec and the number of rows alone."""

import pytest

from sk_mnist_mlp.training.fitting import XLA_STEPS_PER_EPOCH, compiled_by_xla


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "expected"),
    [
        (300, 128, False),
        (1797, 128, False),
        (1198, 32, True),
        (60_000, 128, True),
        (XLA_STEPS_PER_EPOCH * 10, 10, True),
        (XLA_STEPS_PER_EPOCH * 10 - 1, 10, False),
    ],
)
def test_xla_compiles_where_an_epoch_has_many_steps(n_rows, batch_size, expected):
    assert compiled_by_xla(n_rows, batch_size) is expected
