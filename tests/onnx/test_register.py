"""What `register` needs, and what it leaves alone."""

import json
import re
import subprocess
import sys

import pytest

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from sk_mnist_mlp.onnx import register


def test_without_skl2onnx_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    message = (
        "sk_mnist_mlp.onnx.register needs skl2onnx, which is not installed. Install it by 'pip "
        'install "sk_mnist_mlp[onnx]"\', which brings onnxruntime too.'
    )
    with pytest.raises(ImportError, match=f"^{re.escape(message)}$"):
        register()


def test_a_second_call_changes_nothing():
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    from skl2onnx import get_model_alias, supported_converters

    register()
    before = supported_converters()
    register()
    assert supported_converters() == before
    assert get_model_alias(KerasMLPClassifier) == "SkMnistMlpKerasMLPClassifier"
    assert get_model_alias(KerasMLPRegressor) == "SkMnistMlpKerasMLPRegressor"


def test_converting_loads_neither_keras_nor_its_backend(tmp_path):
    pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    path = tmp_path / "classifier.zip"
    KerasMLPClassifier((2,), epochs=1, random_state=0).fit([[0.0], [1.0]] * 9, [0, 1] * 9).save(
        path
    )
    code = f"""
import json, sys
import numpy as np
from skl2onnx import to_onnx
from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.onnx import register
register()
to_onnx(KerasMLPClassifier.load({str(path)!r}), np.zeros((1, 1)))
print(json.dumps(sorted({{"keras", "tensorflow", "jax"}} & sys.modules.keys())))
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(result.stdout) == []
