import errno
import gzip
import io
import re
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sk_mnist_mlp.datasets import mnist_files
from sk_mnist_mlp.datasets.mnist_files import MNIST_ARRAYS, find_idx_files, read_mnist
from tests.failing_disk import fail_to_read
from tests.fake_mnist import ARRAYS, IDX_NAMES, TABLE, idx_bytes, idx_files, npz_bytes, write_files

ALL = tuple(ARRAYS)
MIXED = ("X_train", "y_test")
IMAGES = IDX_NAMES["X_train"]


@pytest.fixture(autouse=True)
def fake_table(monkeypatch):
    monkeypatch.setattr(mnist_files, "MNIST_ARRAYS", TABLE)


def assert_fake_mnist(arrays):
    assert list(arrays) == list(ARRAYS)
    for field, array in arrays.items():
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, ARRAYS[field])


def saved(save=np.savez, **arrays) -> bytes:
    names = {"x_train": "X_train", "y_train": "y_train", "x_test": "X_test", "y_test": "y_test"}
    stream = io.BytesIO()
    save(stream, **({name: ARRAYS[field] for name, field in names.items()} | arrays))
    return stream.getvalue()


def zipped(compression=zipfile.ZIP_DEFLATED, **members: bytes) -> bytes:
    """The fake archive with some of its members replaced byte by byte."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(saved())) as original,
        zipfile.ZipFile(stream, "w", compression) as archive,
    ):
        for name in original.namelist():
            content = members.get(name.removesuffix(".npy"), original.read(name))
            archive.writestr(name, content)
    return stream.getvalue()


def npy_bytes(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def npy_with_header(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(30)


def test_the_table_gives_the_published_headers():
    assert {part.idx_name: part.idx_header.hex(" ", -4) for part in MNIST_ARRAYS} == {
        "train-images-idx3-ubyte": "00000803 0000ea60 0000001c 0000001c",
        "train-labels-idx1-ubyte": "00000801 0000ea60",
        "t10k-images-idx3-ubyte": "00000803 00002710 0000001c 0000001c",
        "t10k-labels-idx1-ubyte": "00000801 00002710",
    }


@pytest.mark.parametrize(
    "content",
    [
        saved(),
        saved(np.savez_compressed),
        saved(x_train=np.asfortranarray(ARRAYS["X_train"])),
        saved(a_further_array=np.zeros(3)),
    ],
    ids=["stored", "compressed", "columns first", "with another array"],
)
def test_an_npz_is_read(tmp_path, content):
    (tmp_path / "any name").write_bytes(content)
    assert_fake_mnist(read_mnist(tmp_path / "any name"))


@pytest.mark.parametrize("gzipped", [(), ALL, MIXED], ids=["unpacked", "gzipped", "mixed"])
def test_a_folder_of_idx_files_is_read(tmp_path, gzipped):
    write_files(tmp_path, {"README": b"not mine", **idx_files(gzipped)})
    assert_fake_mnist(read_mnist(tmp_path))


def test_an_unpacked_file_goes_before_its_gzipped_twin(tmp_path):
    write_files(tmp_path, {**idx_files(), f"{IMAGES}.gz": b"damaged"})
    assert find_idx_files(tmp_path)["X_train"] == tmp_path / IMAGES
    assert_fake_mnist(read_mnist(tmp_path))


def swapped(first: str, second: str) -> dict[str, np.ndarray]:
    return ARRAYS | {first: ARRAYS[second], second: ARRAYS[first]}


def one_pixel_changed(array: np.ndarray) -> np.ndarray:
    changed = array.copy()
    changed.flat[5] ^= 1
    return changed


REFUSED_NPZ = {
    "empty": (b"", "found no readable zip archive"),
    "text": (b"no data here", "found no readable zip archive"),
    "one IDX file": (idx_bytes(ARRAYS["X_train"]), "expected Keras' mnist.npz, or the folder"),
    "truncated": (saved()[:-40], "found no readable zip archive"),
    "lacking an array": (
        npz_bytes({field: ARRAYS[field] for field in ALL[:3]}),
        "found an archive of x_test.npy, x_train.npy, y_train.npy; "
        "expected one with x_train.npy, y_train.npy, x_test.npy, y_test.npy",
    ),
    "images and labels swapped": (
        npz_bytes(swapped("X_train", "y_train")),
        "found x_train of shape (30,) and dtype uint8; expected shape (30, 4, 3) and dtype uint8",
    ),
    "training and test swapped": (
        npz_bytes(swapped("X_train", "X_test")),
        "found 488 bytes in x_train.npy|found x_train of shape (10, 4, 3) and dtype uint8",
    ),
    "flattened": (
        saved(x_train=ARRAYS["X_train"].reshape(30, 12)),
        "found x_train of shape (30, 12) and dtype uint8",
    ),
    "other dtype": (
        saved(y_test=ARRAYS["y_test"].astype(np.int64)),
        "found y_test of shape (10,) and dtype int64",
    ),
    "signed bytes": (
        saved(y_test=ARRAYS["y_test"].astype(np.int8)),
        "found y_test of shape (10,) and dtype int8",
    ),
    "altered": (
        saved(x_train=one_pixel_changed(ARRAYS["X_train"])),
        f"expected MNIST's own, with {TABLE[0].md5}. It was altered, or is another dataset",
    ),
    "altered in place": (
        saved().replace(ARRAYS["X_train"].tobytes(), bytes(360)),
        "found damaged contents in x_train.npy (Bad CRC-32",
    ),
    "no npy header": (zipped(x_train=b"no array"), "found no readable npy header of x_train"),
    "other npy version": (
        zipped(x_train=b"\x93NUMPY\x02\x00" + bytes(30)),
        "found no readable npy header of x_train (version (2, 0) of the npy format)",
    ),
    "header that is no Python": (
        zipped(x_train=npy_with_header("{'descr': (\n")),
        "found no readable npy header of x_train",
    ),
    "deeply nested header": (
        zipped(x_train=npy_with_header("-" * 400 + "1\n")),
        "found no readable npy header of x_train",
    ),
    "header that promises too much": (
        zipped(
            x_train=npy_with_header(
                "{'descr': '|u1', 'fortran_order': False, 'shape': (9999999, 999, 999)}\n"
            )
        ),
        "found x_train of shape (9999999, 999, 999) and dtype uint8",
    ),
    "too few values": (
        zipped(y_test=npy_bytes(ARRAYS["y_test"])[:-2]),
        "found 8 bytes of values of y_test; expected 10",
    ),
    "too many values": (
        zipped(y_test=npy_bytes(ARRAYS["y_test"]) + b"00"),
        "found 12 bytes of values of y_test; expected 10",
    ),
    "other compression": (
        zipped(zipfile.ZIP_LZMA),
        "found x_train.npy encrypted or in another compression than NumPy's",
    ),
}


@pytest.mark.parametrize(("content", "message"), REFUSED_NPZ.values(), ids=REFUSED_NPZ)
def test_an_npz_that_is_not_mnist_is_refused(tmp_path, content, message):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    alternatives = "|".join(map(re.escape, message.split("|")))
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: .*({alternatives})"):
        read_mnist(path)


def without(name: str) -> dict[str, bytes]:
    return {key: content for key, content in idx_files().items() if key != name}


WHOLE = idx_bytes(ARRAYS["X_train"])
PACKED = gzip.compress(WHOLE)
HEADER = "an IDX header of shape (30, 4, 3)"
REFUSED_IDX = {
    "empty": (IMAGES, b"", f"found the first bytes (none); expected {HEADER}"),
    "text": (IMAGES, b"no data", f"found the first bytes 6e 6f 20 64; expected {HEADER}"),
    "truncated": (IMAGES, WHOLE[:-7], "found 369 bytes; expected 376 bytes, unpacked"),
    "truncated header": (IMAGES, WHOLE[:9], "found the first bytes 00 00 08 03"),
    "too long": (IMAGES, WHOLE + b"0", "found more than 376 bytes; expected 376 bytes"),
    "altered": (
        IMAGES,
        idx_bytes(one_pixel_changed(ARRAYS["X_train"])),
        f"expected MNIST's own, with {TABLE[0].md5}. It was altered, or is another dataset",
    ),
    "labels": (
        IMAGES,
        idx_bytes(ARRAYS["y_train"]),
        f"found an IDX header of shape (30,); expected {HEADER}",
    ),
    "test images": (
        IMAGES,
        idx_bytes(ARRAYS["X_test"]),
        f"found an IDX header of shape (10, 4, 3); expected {HEADER}",
    ),
    "signed bytes": (
        IMAGES,
        idx_bytes(ARRAYS["X_train"], type_code=9),
        f"found the first bytes 00 00 09 03; expected {HEADER}",
    ),
    "gzipped under the plain name": (
        IMAGES,
        PACKED,
        "found gzip data, though the name does not end in .gz",
    ),
    "unpacked under the gzipped name": (
        f"{IMAGES}.gz",
        WHOLE,
        "If it is unpacked already, drop .gz from its name",
    ),
    "truncated gzip": (f"{IMAGES}.gz", PACKED[:-20], "found damaged gzip data"),
    "altered gzip": (
        f"{IMAGES}.gz",
        PACKED[:-8] + bytes(4) + PACKED[-4:],
        "found damaged gzip data (CRC check failed",
    ),
    "gzip that does not inflate": (
        f"{IMAGES}.gz",
        PACKED[:10] + b"\xff" * 40,
        "found damaged gzip data (Error -3",
    ),
    "too long, gzipped": (f"{IMAGES}.gz", gzip.compress(WHOLE + b"0"), "found more than 376 bytes"),
}


@pytest.mark.parametrize(("name", "content", "message"), REFUSED_IDX.values(), ids=REFUSED_IDX)
def test_an_idx_file_that_is_not_mnist_is_refused(tmp_path, name, content, message):
    write_files(tmp_path, {**without(IMAGES), name: content})
    where = re.escape(str(tmp_path / name))
    with pytest.raises(ValueError, match=f"^{where}: .*{re.escape(message)}"):
        read_mnist(tmp_path)


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
@pytest.mark.parametrize("name", ["mnist.npz", IMAGES, f"{IMAGES}.gz"])
def test_an_error_of_the_disk_is_no_damage(tmp_path, monkeypatch, name, code):
    npz = {"mnist.npz": saved()} if name == "mnist.npz" else {}
    path = tmp_path / name
    write_files(tmp_path, {**idx_files(gzipped=("X_train",)), IMAGES: WHOLE, **npz})
    if name.endswith(".gz"):
        (tmp_path / IMAGES).unlink()
    fail_to_read(monkeypatch, path, place=path.stat().st_size - 1, code=code)
    with pytest.raises(OSError, match=f"'{path}'$") as caught:
        read_mnist(path if npz else tmp_path)
    assert caught.value.errno == code


def test_a_path_to_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere: found neither a file nor a folder"):
        read_mnist(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "found an empty folder, but not train-images-idx3-ubyte, train-labels"),
        (
            without(IMAGES),
            "found t10k-.*, train-labels-idx1-ubyte, but not train-images-idx3-ubyte;",
        ),
        ({"mnist.npz": b""}, r"found mnist\.npz, but not .*give the path of an mnist\.npz itself"),
        (dict.fromkeys("abcdefghij", b""), "found a, b, c, d, e, f, g, h, ..., but not"),
    ],
    ids=["empty", "lacking one", "an npz", "many others"],
)
def test_a_folder_that_lacks_files_is_an_error(tmp_path, files, found):
    write_files(tmp_path, files)
    with pytest.raises(FileNotFoundError, match=f"^{re.escape(str(tmp_path))}: {found}"):
        read_mnist(tmp_path)


class Loaded:
    """Tells on whoever unpickles it."""

    unpickled = False

    def __setstate__(self, state):
        Loaded.unpickled = True

    def __getstate__(self):
        return {"any": "state"}


def test_pickles_are_not_opened(tmp_path):
    objects = np.array([Loaded()], dtype=object)
    (tmp_path / "mnist.npz").write_bytes(saved(y_test=objects))
    with pytest.raises(ValueError, match=r"found y_test of shape \(1,\) and dtype object"):
        read_mnist(tmp_path / "mnist.npz")
    assert not Loaded.unpickled


BOMB = bytes(50_000_000)


def understating(archive: bytes, size: int) -> bytes:
    """An archive whose directories declare fewer bytes than unpack."""
    return archive.replace(struct.pack("<I", size), struct.pack("<I", 100))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "mnist.npz",
            zipped(x_train=BOMB),
            "found 50000000 bytes in x_train.npy; expected at most",
        ),
        ("mnist.npz", understating(zipped(x_train=BOMB), len(BOMB)), "damaged contents in x_train"),
        (f"{IMAGES}.gz", gzip.compress(WHOLE + BOMB), "found more than 376 bytes"),
    ],
    ids=["npz", "npz that lies", "gzip"],
)
def test_a_bomb_is_refused_unopened(tmp_path, name, content, message):
    write_files(tmp_path, {**without(IMAGES), name: content})
    tracemalloc.start()
    with pytest.raises(ValueError, match=message):
        read_mnist(tmp_path / name if name == "mnist.npz" else tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("name", ["mnist.npz", f"{IMAGES}.gz"])
def test_a_damaged_file_is_refused_or_reads_the_same(tmp_path, data, name):
    content = bytearray(saved(np.savez_compressed) if name == "mnist.npz" else PACKED)
    place = data.draw(st.integers(0, len(content) - 1), "place")
    content[place] = data.draw(st.integers(0, 255), "byte")
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))), "end")
    path = write_files(tmp_path, {**without(IMAGES), name: bytes(content[:end])})
    try:
        arrays = read_mnist(path / name if name == "mnist.npz" else path)
    except ValueError as error:
        assert str(error).startswith(str(path / name))
    else:
        assert_fake_mnist(arrays)
