"""Which backend trains is known before Keras is loaded, and is the one that Keras then takes."""

import json
import subprocess
import sys

import pytest

from sk_mnist_mlp.backends import choice
from sk_mnist_mlp.backends.choice import (
    BACKEND_VARIABLE,
    PREALLOCATION_VARIABLE,
    TF32_VARIABLE,
    backend_name,
    check_installed,
    tf32_is_allowed,
    variables_of_import,
)
from sk_mnist_mlp.loading import load

BOTH = {"tensorflow", "jax"}

CHOICES = [  # the environment, Keras' file, what is installed, the backend, what its import needs
    (None, None, BOTH, "tensorflow", {}),
    (None, {"backend": "tensorflow"}, BOTH, "tensorflow", {}),
    (None, {"backend": "jax"}, BOTH, "jax", {}),
    ("jax", None, BOTH, "jax", {}),
    ("", {"backend": "jax"}, BOTH, "jax", {}),
    ("tensorflow", {"backend": "jax"}, BOTH, "tensorflow", {}),
    ("torch", None, BOTH, "torch", {}),
    (None, None, {"jax"}, "jax", {BACKEND_VARIABLE: "jax"}),
    (None, {"backend": "tensorflow"}, {"jax"}, "jax", {BACKEND_VARIABLE: "jax"}),
    ("tensorflow", None, {"jax"}, "tensorflow", {}),
    (None, {"backend": "torch"}, {"jax"}, "torch", {}),
    (None, None, set(), "tensorflow", {}),
    (None, ["no mapping"], BOTH, "tensorflow", {}),
]


@pytest.mark.parametrize(("variable", "file", "installed", "name", "variables"), CHOICES)
def test_the_backend_is_known_before_keras_is_loaded(
    variable, file, installed, name, variables, tmp_path, monkeypatch
):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(choice, "find_spec", lambda module: module in installed)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv(BACKEND_VARIABLE, raising=False)
    if variable is not None:
        monkeypatch.setenv(BACKEND_VARIABLE, variable)
    if file is not None:
        (tmp_path / "keras.json").write_text(json.dumps(file))
    assert backend_name() == name
    memory = {PREALLOCATION_VARIABLE: "false"} if name == "jax" else {}
    assert variables_of_import() == variables | memory


def test_how_jax_takes_memory_is_left_as_the_user_has_said(monkeypatch):
    monkeypatch.setenv(PREALLOCATION_VARIABLE, "true")
    assert PREALLOCATION_VARIABLE not in variables_of_import()


@pytest.mark.parametrize(
    ("value", "is_allowed"), [(None, False), ("", False), ("0", False), ("1", True)]
)
def test_tf32_is_allowed_by_a_variable(value, is_allowed, monkeypatch):
    monkeypatch.delenv(TF32_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(TF32_VARIABLE, value)
    assert tf32_is_allowed() is is_allowed


def test_a_damaged_file_of_keras_is_none(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(choice, "find_spec", lambda module: module in BOTH)
    monkeypatch.delenv(BACKEND_VARIABLE, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text("{")
    assert backend_name() == "tensorflow"


def test_once_keras_is_loaded_the_environment_says_nothing(monkeypatch):
    import keras

    monkeypatch.setenv(BACKEND_VARIABLE, "torch")
    assert backend_name() == keras.config.backend()


@pytest.mark.parametrize(("name", "title"), [("tensorflow", "TensorFlow"), ("jax", "JAX")])
def test_a_backend_that_is_not_installed_is_told(name, title, monkeypatch):
    for module in (name, "keras"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(choice, "find_spec", lambda module: None)
    monkeypatch.setenv(BACKEND_VARIABLE, name)
    message = (
        f"^Keras is to run on {title}, which is not installed. Install it, as by 'pip install "
        f"{name}', or set the environment variable KERAS_BACKEND to one of "
        r"\['tensorflow', 'jax'\] that is.$"
    )
    with pytest.raises(ModuleNotFoundError, match=message):
        check_installed()
    with pytest.raises(ModuleNotFoundError, match=message):
        load("sk_mnist_mlp.no_such_module")


FIT = "from tests.small_fits import X, Y, small; small().fit(X, Y)"


def error_of(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 1
    return result.stderr


def test_another_backend_is_refused_with_those_that_train():
    on_torch = "import keras; keras.config.backend = lambda: 'torch'; "  # which is not installed
    assert (
        "ImportError: sk_mnist_mlp trains with Keras on TensorFlow or JAX, but Keras runs on "
        "'torch'. Set the environment variable KERAS_BACKEND to one of ['tensorflow', 'jax'] "
        "before Keras is imported."
    ) in error_of(on_torch + FIT)


def test_a_backend_that_is_changed_after_a_fit_is_refused():
    again = "; import keras; keras.config.set_backend(keras.config.backend()); small().fit(X, Y)"
    assert (
        "RuntimeError: Keras was loaded again, as by keras.config.set_backend, since this package "
    ) in error_of(FIT + again)
