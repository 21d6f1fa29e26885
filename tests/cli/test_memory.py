"""The options of ``sk-mnist-mlp memory``; what it lists is in `tests.memory.test_listing`."""

import pytest
from click.testing import CliRunner

from sk_mnist_mlp.cli import main


@pytest.mark.parametrize("age", ["30", "d", "-1d", "1.5h", "3w"])
def test_an_age_is_a_number_with_a_unit(tmp_path, age):
    result = CliRunner().invoke(main, ["memory", str(tmp_path), f"--older-than={age}"])
    assert result.exit_code == 2
    assert "is not a number with s, m, h or d, such as 30d" in result.output
