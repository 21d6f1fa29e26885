"""What first needs Keras loads it whole, and without a log of GPUs that are not there."""

import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from sk_mnist_mlp import loading
from sk_mnist_mlp.loading import DRIVER_FILES, LOG_LEVEL, load


@pytest.fixture
def nothing_yet(monkeypatch):
    """No TensorFlow, level or driver."""
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.delenv(LOG_LEVEL, raising=False)
    monkeypatch.setattr(loading, "DRIVER_FILES", ())


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Name of a module that notes the level that TensorFlow would read."""
    name = f"stand_in_{uuid.uuid4().hex}"
    code = f"import os, time\ntime.sleep(0.1)\nlevel = os.environ.get({LOG_LEVEL!r})\n"
    (tmp_path / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_the_log_is_silent_for_the_time_of_the_import(nothing_yet, stand_in):
    assert load(stand_in).level == "3"
    assert LOG_LEVEL not in os.environ


def test_threads_that_load_at_once_leave_no_level(nothing_yet, stand_in):
    with ThreadPoolExecutor(4) as pool:
        modules = list(pool.map(load, [stand_in] * 4))
    assert {module.level for module in modules} == {"3"}
    assert LOG_LEVEL not in os.environ


@pytest.mark.parametrize("level", ["", "0", "2"])
def test_a_level_of_the_users_own_holds(level, nothing_yet, stand_in, monkeypatch):
    monkeypatch.setenv(LOG_LEVEL, level)
    assert load(stand_in).level == level
    assert os.environ[LOG_LEVEL] == level


def test_with_a_driver_nothing_is_changed(nothing_yet, stand_in, monkeypatch):
    monkeypatch.setattr(loading, "DRIVER_FILES", ("/nowhere", __file__))
    assert load(stand_in).level is None


def test_after_tensorflow_nothing_is_changed(nothing_yet, stand_in, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    assert load(stand_in).level is None


def test_an_import_that_fails_leaves_no_level(nothing_yet):
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        load("no_such_module")
    assert LOG_LEVEL not in os.environ


def run(code):
    environment = {name: value for name, value in os.environ.items() if name != LOG_LEVEL}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )


IN_THREADS = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(3) as pool:
    fitted = list(pool.map(small_classifier().fit, [X] * 3, [Y] * 3))
"""
IN_PROCESSES = """
from joblib import Parallel, delayed
fitted = Parallel(n_jobs=2)(delayed(small_classifier().fit)(X, Y) for _ in range(2))
"""
needs_no_driver = pytest.mark.skipif(
    any(map(os.path.exists, DRIVER_FILES)), reason="of machines without an NVIDIA driver"
)


@needs_no_driver
@pytest.mark.parametrize(
    "fits",
    [
        pytest.param(IN_THREADS, id="in threads"),
        pytest.param(IN_PROCESSES, id="in processes", marks=pytest.mark.slow),
    ],
)
def test_the_first_fits_log_no_error_and_leave_the_environment(fits):
    start = "import os; from tests.company.small import X, Y, small_classifier\n"
    end = f"print(os.environ.get({LOG_LEVEL!r}), len(fitted))\n"
    result = run(start + fits + end)
    assert result.stdout.split()[0] == "None"
    assert "cuInit" not in result.stderr
    assert "cpu_feature_guard" not in result.stderr
