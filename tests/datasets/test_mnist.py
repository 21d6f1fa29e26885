import hashlib
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pooch
import pytest
from sklearn.datasets import load_digits
from sklearn.utils import Bunch

from sk_mnist_mlp.datasets import mnist_download, mnist_files
from sk_mnist_mlp.datasets.mnist import load_mnist
from sk_mnist_mlp.datasets.mnist_download import Mirror, RemoteFile
from sk_mnist_mlp.datasets.mnist_files import MNIST_ARRAYS
from tests.failing_disk import fail_to_read
from tests.fake_mnist import ARRAYS, IDX_NAMES, TABLE, idx_files, npz_bytes, write_files
from tests.mirror_server import serve, unused_url, whole

NPZ = npz_bytes()
DAMAGED = NPZ[:-50]
REMOTE_NPZ = RemoteFile("mnist.npz", f"sha256:{hashlib.sha256(NPZ).hexdigest()}")
DIGITS_WARNING = "MNIST was not found, so these are scikit-learn's digits of 8 x 8 pixels"


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """One with empty caches and no network; the fake MNIST takes the place of the true one."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.delenv("SK_MNIST_MLP_DATA", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache" / project)
    monkeypatch.setattr(mnist_files, "MNIST_ARRAYS", TABLE)
    monkeypatch.setattr(mnist_download, "MIRRORS", (Mirror(unused_url(), (REMOTE_NPZ,)),))


@pytest.fixture
def mirror(monkeypatch):
    with serve({"mnist.npz": whole(NPZ)}) as server:
        monkeypatch.setattr(mnist_download, "MIRRORS", (Mirror(server.url, (REMOTE_NPZ,)),))
        yield server


@pytest.fixture
def keras_cache(tmp_path):
    return tmp_path / "home" / ".keras" / "datasets"


@pytest.fixture
def package_cache(tmp_path):
    return tmp_path / "cache" / "sk_mnist_mlp"


def assert_fake_mnist(bunch: Bunch):
    for side in ("train", "test"):
        images = ARRAYS[f"X_{side}"]
        np.testing.assert_array_equal(
            bunch[f"X_{side}"], images.reshape(len(images), 12) / np.float32(255), strict=True
        )
        np.testing.assert_array_equal(
            bunch[f"y_{side}"], ARRAYS[f"y_{side}"].astype(np.int64), strict=True
        )
    assert bunch.image_shape == (4, 3)
    assert bunch.source == "mnist"


def assert_digits(bunch: Bunch):
    assert (bunch.source, bunch.image_shape) == ("digits", (8, 8))


@pytest.mark.parametrize("as_path", [Path, str])
def test_mnist_is_read_from_a_path(tmp_path, as_path):
    write_files(tmp_path, {"mine.npz": NPZ})
    assert_fake_mnist(load_mnist(as_path(tmp_path / "mine.npz")))


def test_mnist_is_read_from_a_folder(tmp_path):
    write_files(tmp_path / "idx", idx_files(gzipped=("X_train",)))
    assert_fake_mnist(load_mnist(tmp_path / "idx", source="mnist"))


def test_a_path_may_start_at_home(tmp_path):
    write_files(tmp_path / "home", {"mine.npz": NPZ})
    assert_fake_mnist(load_mnist("~/mine.npz"))


@pytest.mark.parametrize("source", ["mnist", "digits"])
def test_the_result_is_ready_to_train_on(tmp_path, source):
    write_files(tmp_path, {"mine.npz": NPZ})
    bunch = load_mnist(tmp_path / "mine.npz" if source == "mnist" else None, source=source)
    fields = ["DESCR", "X_test", "X_train", "image_shape", "source", "y_test", "y_train"]
    assert sorted(bunch) == fields
    for side in ("train", "test"):
        X, y = bunch[f"X_{side}"], bunch[f"y_{side}"]
        assert (X.dtype, y.dtype) == (np.float32, np.int64)
        assert X.flags.c_contiguous
        assert X.flags.writeable
        assert X.shape == (len(y), np.prod(bunch.image_shape))
        assert (X.min(), X.max()) == (0.0, 1.0)
    assert bunch.DESCR.startswith({"mnist": "MNIST: ", "digits": "Optical rec"}[source])


def test_the_digits_are_scikit_learns():
    bunch, original = load_mnist(source="digits"), load_digits()
    rows = np.vstack([bunch.X_train, bunch.X_test]) * 16
    together = np.column_stack([rows, np.concatenate([bunch.y_train, bunch.y_test])])
    expected = np.column_stack([original.data, original.target])
    np.testing.assert_array_equal(
        together[np.lexsort(together.T)], expected[np.lexsort(expected.T)]
    )


def test_the_digits_are_split_in_the_same_proportions():
    bunch = load_mnist(source="digits")
    assert (len(bunch.y_train), len(bunch.y_test)) == (1347, 450)
    expected = np.bincount(load_digits().target) / 1797 * 450
    assert np.abs(np.bincount(bunch.y_test) - expected).max() < 1


def test_the_digits_are_the_same_each_time():
    first = load_mnist(source="digits")
    np.random.seed(1)
    second = load_mnist(source="digits")
    np.testing.assert_array_equal(first.X_train, second.X_train)
    np.testing.assert_array_equal(first.y_test, second.y_test)


def test_the_digits_need_neither_files_nor_network(monkeypatch):
    monkeypatch.setenv("SK_MNIST_MLP_DATA", "nowhere")
    assert_digits(load_mnist(source="digits"))


@pytest.mark.parametrize("source", ["MNIST", "", None, ["mnist"]])
def test_an_unknown_source_is_an_error(source):
    message = f"source must be one of 'auto', 'mnist', 'digits', got {source!r}."
    with pytest.raises(ValueError, match=re.escape(message)):
        load_mnist(source=source)


def test_a_path_contradicts_the_digits():
    with pytest.raises(ValueError, match=r"path must be None with source='digits'.*'some\.npz'"):
        load_mnist("some.npz", source="digits")


@pytest.mark.parametrize("path", [3, b"mnist.npz", np.zeros(3)])
def test_a_path_of_another_type_is_an_error(path):
    message = f"path must be a str, an os.PathLike or None, got {type(path).__name__}: give"
    with pytest.raises(TypeError, match=re.escape(message)):
        load_mnist(path)


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_an_empty_path_is_not_the_current_folder(tmp_path, monkeypatch, source):
    write_files(tmp_path, idx_files())
    monkeypatch.chdir(tmp_path)
    message = r"path must be None or name a file or folder, got '': give .*, '\.' for the current"
    with pytest.raises(ValueError, match=message):
        load_mnist("", source=source)
    assert_fake_mnist(load_mnist(".", source=source))


def test_an_empty_environment_variable_is_not_set(tmp_path, mirror, monkeypatch):
    write_files(tmp_path, idx_files())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SK_MNIST_MLP_DATA", "")
    assert_fake_mnist(load_mnist())
    assert mirror.requests == ["mnist.npz"]


def test_the_home_of_nobody_is_a_missing_file():
    with pytest.raises(FileNotFoundError, match=r"^~nobody.*/mnist\.npz: found neither"):
        load_mnist("~nobody-of-this-name/mnist.npz")


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_a_damaged_file_that_was_given_is_an_error(tmp_path, mirror, source):
    write_files(tmp_path, {"mine.npz": DAMAGED})
    with pytest.raises(ValueError, match=r"mine\.npz: found no readable zip archive"):
        load_mnist(tmp_path / "mine.npz", source=source)
    assert mirror.requests == []


def test_a_missing_file_that_was_given_is_an_error(mirror):
    with pytest.raises(FileNotFoundError, match=r"^digits: .*choose a source by its name"):
        load_mnist("digits")
    assert mirror.requests == []


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_a_damaged_file_in_the_environment_is_an_error(tmp_path, mirror, monkeypatch, source):
    write_files(tmp_path, {"mine.npz": DAMAGED})
    monkeypatch.setenv("SK_MNIST_MLP_DATA", str(tmp_path / "mine.npz"))
    message = r"the environment variable SK_MNIST_MLP_DATA names '.*mine\.npz': .*: found no read"
    with pytest.raises(ValueError, match=message):
        load_mnist(source=source)
    assert mirror.requests == []


def test_a_missing_file_in_the_environment_is_an_error(mirror, monkeypatch):
    monkeypatch.setenv("SK_MNIST_MLP_DATA", "nowhere")
    message = "the environment variable SK_MNIST_MLP_DATA names 'nowhere': .*found neither"
    with pytest.raises(FileNotFoundError, match=message):
        load_mnist()
    assert mirror.requests == []


def in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SK_MNIST_MLP_DATA", "~/mine.npz")
    write_files(tmp_path / "home", {"mine.npz": NPZ})


def in_keras_cache(tmp_path, monkeypatch):
    write_files(tmp_path / "home" / ".keras" / "datasets", {"mnist.npz": NPZ})


def in_keras_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    write_files(tmp_path / "keras" / "datasets", {"mnist.npz": NPZ})


def in_the_package_cache(tmp_path, monkeypatch):
    write_files(tmp_path / "cache" / "sk_mnist_mlp", {"mnist.npz": NPZ})


def in_the_package_cache_as_idx(tmp_path, monkeypatch):
    write_files(tmp_path / "cache" / "sk_mnist_mlp", idx_files(gzipped=tuple(ARRAYS)))


PLACES = [
    in_the_environment,
    in_keras_cache,
    in_keras_home,
    in_the_package_cache,
    in_the_package_cache_as_idx,
]


@pytest.mark.parametrize("source", ["auto", "mnist"])
@pytest.mark.parametrize("put_mnist", PLACES)
def test_mnist_is_found(tmp_path, monkeypatch, mirror, put_mnist, source):
    put_mnist(tmp_path, monkeypatch)
    assert_fake_mnist(load_mnist(source=source))
    assert mirror.requests == []


def test_places_are_searched_in_order(mirror, keras_cache, package_cache):
    write_files(keras_cache, {"mnist.npz": DAMAGED})
    damaged_idx = {name: b"damaged" for name in idx_files()}
    write_files(package_cache, {"mnist.npz": DAMAGED, **damaged_idx})
    with pytest.warns(UserWarning, match="A damaged cache") as caught:
        load_mnist()
    damaged = [str(warning.message).split(": ")[1] for warning in caught]
    first_idx = package_cache / "train-images-idx3-ubyte"
    places = [keras_cache / "mnist.npz", package_cache / "mnist.npz", first_idx]
    assert damaged == list(map(str, places))
    assert mirror.requests == ["mnist.npz"]


def test_the_environment_goes_before_the_caches(tmp_path, monkeypatch, keras_cache):
    write_files(keras_cache, {"mnist.npz": DAMAGED})
    in_the_environment(tmp_path, monkeypatch)
    assert_fake_mnist(load_mnist())


@pytest.mark.parametrize("source", ["auto", "mnist"])
def test_mnist_is_downloaded_once(mirror, package_cache, source):
    assert_fake_mnist(load_mnist(source=source))
    assert_fake_mnist(load_mnist(source=source))
    assert mirror.requests == ["mnist.npz"]
    assert os.listdir(package_cache) == ["mnist.npz"]


def test_an_unfinished_download_is_no_damage(mirror, package_cache):
    write_files(package_cache, {IDX_NAMES["X_train"]: b""})
    assert_fake_mnist(load_mnist())


def test_a_damaged_cache_of_keras_is_passed_over_and_kept(mirror, keras_cache):
    write_files(keras_cache, {"mnist.npz": DAMAGED})
    message = r"A damaged cache is passed over: .*\.keras.*mnist\.npz: found no readable zip"
    with pytest.warns(UserWarning, match=message) as caught:
        assert_fake_mnist(load_mnist())
    assert [warning.filename for warning in caught] == [__file__]
    assert (keras_cache / "mnist.npz").read_bytes() == DAMAGED


def test_a_damaged_cache_of_the_package_is_fetched_anew(mirror, package_cache):
    write_files(package_cache, {"mnist.npz": DAMAGED})
    message = r"A damaged cache is passed over: .*sk_mnist_mlp.*mnist\.npz: found no readable"
    with pytest.warns(UserWarning, match=message):
        assert_fake_mnist(load_mnist())
    assert_fake_mnist(load_mnist())


def test_an_unreadable_cache_is_passed_over_and_not_called_damaged(
    mirror, keras_cache, monkeypatch
):
    write_files(keras_cache, {"mnist.npz": NPZ})
    fail_to_read(monkeypatch, keras_cache / "mnist.npz")
    message = r"^An unreadable cache is passed over: .*Input/output error: '.*\.keras.*mnist\.npz'$"
    with pytest.warns(UserWarning, match=message) as caught:
        assert_fake_mnist(load_mnist())
    assert [warning.filename for warning in caught] == [__file__]


def test_a_cache_that_cannot_be_looked_for_is_passed_over(mirror, monkeypatch):
    is_file = Path.is_file

    def refuse(path):
        if ".keras" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return is_file(path)

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.warns(UserWarning, match="An unreadable cache is passed over: .*Permission denied"):
        assert_fake_mnist(load_mnist())


def test_a_file_that_was_given_and_cannot_be_read_is_an_error(tmp_path, mirror, monkeypatch):
    write_files(tmp_path, {"mine.npz": NPZ})
    fail_to_read(monkeypatch, tmp_path / "mine.npz")
    with pytest.raises(OSError, match=r"Input/output error: '.*mine\.npz'$"):
        load_mnist(tmp_path / "mine.npz")
    monkeypatch.setenv("SK_MNIST_MLP_DATA", str(tmp_path / "mine.npz"))
    with pytest.raises(OSError, match=r"Input/output error: '.*mine\.npz'$"):
        load_mnist()
    assert mirror.requests == []


def test_auto_falls_back_on_the_digits_with_a_warning():
    with pytest.warns(UserWarning, match=DIGITS_WARNING) as caught:
        assert_digits(load_mnist())
    assert [warning.filename for warning in caught] == [__file__]


def test_mnist_does_not_fall_back():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OSError, match=r"^MNIST was not found:"):
            load_mnist(source="mnist")


def test_a_failed_search_lists_where_it_looked(keras_cache, package_cache):
    write_files(keras_cache, {"mnist.npz": DAMAGED})
    (mirror,) = mnist_download.MIRRORS
    with (
        pytest.warns(UserWarning, match="A damaged cache"),
        pytest.raises(OSError, match=r"^MNIST was not found:") as caught,
    ):
        load_mnist(source="mnist")
    _, *places, last = str(caught.value).splitlines()
    expected = [
        "- the environment variable SK_MNIST_MLP_DATA: not set",
        f"- {keras_cache / 'mnist.npz'}: found no readable zip archive",
        f"- {package_cache / 'mnist.npz'}: no MNIST there",
        f"- {package_cache}: no MNIST there",
        f"- {mirror.url}: ",
    ]
    assert [place[: len(start)] for place, start in zip(places, expected, strict=True)] == expected
    assert last.startswith("Connect to a network, or set SK_MNIST_MLP_DATA to the path of")


@pytest.mark.slow
def test_the_true_mnist_is_read(true_mnist_path):
    bunch = load_mnist(true_mnist_path)
    assert (bunch.X_train.shape, bunch.X_test.shape) == ((60_000, 784), (10_000, 784))
    assert (bunch.image_shape, bunch.source) == ((28, 28), "mnist")
    assert np.bincount(bunch.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert bunch.X_train.mean() == pytest.approx(0.1307, abs=5e-5)


TRUE_MNIST = os.environ.get("SK_MNIST_MLP_DATA")


@pytest.fixture
def true_mnist_path(monkeypatch):
    if not TRUE_MNIST:
        pytest.skip("set SK_MNIST_MLP_DATA to the path of MNIST's files to run this")
    monkeypatch.setattr(mnist_files, "MNIST_ARRAYS", MNIST_ARRAYS)
    return TRUE_MNIST
