"""Headers of npy files and members of zip archives, whoever wrote them."""

import errno
import io
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sk_mnist_mlp.disk.archives import (
    NPY_HEADER_LIMIT,
    is_encrypted,
    open_archive,
    read_member,
    read_npy_header,
)


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return buffer.getvalue()


def with_header(header):
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


ARRAYS = {
    "number": np.array(3.0),
    "matrix": np.zeros((2, 3), "f4"),
    "Fortran's order": np.zeros((2, 3), order="F"),
    "text": np.array(["a", "bc"]),
    "big endian": np.zeros(2, ">i4"),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_a_header_tells_what_numpy_wrote(array):
    content = npy(array)
    header = read_npy_header(content)
    assert (header.shape, header.dtype) == (array.shape, array.dtype)
    assert header.fortran_order == (array.ndim > 1 and array.flags.f_contiguous)
    assert len(content) - header.n_bytes == array.nbytes


REFUSED = {
    "nothing": (b"", "EOF"),
    "another magic": (b"\x93PYTHON\x01\x00", "magic string"),
    "another version": (npy(np.zeros(2), version=(2, 0)), r"version \(2, 0\) of the npy format"),
    "too long": (with_header(b"{}".ljust(NPY_HEADER_LIMIT + 1)), "Header info length"),
    "no literal": (with_header(b"open('evil', 'w')"), "malformed node|Cannot parse header"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_header_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        read_npy_header(content)


FRAGMENTS = [
    "{",
    "}",
    "(",
    ")",
    "'descr'",
    "'shape'",
    "'fortran_order'",
    ":",
    ",",
    "1",
    "-",
    "'f4'",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
@example("{1: 2, 'descr': 3}")
@example("{[]: 1}")
@example("-" * 400 + "1")
@example("(" * 400)
def test_text_that_is_no_header_is_a_value_error(text):
    with pytest.raises(ValueError):
        read_npy_header(with_header(text.encode()))


ZEROS = io.BytesIO()
with zipfile.ZipFile(ZEROS, "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("zeros", bytes(1000))


@pytest.fixture
def archive():
    return open_archive(io.BytesIO(ZEROS.getvalue()))


def test_a_member_is_cut_off_one_byte_after_the_limit(archive):
    member = archive.getinfo("zeros")
    assert read_member(archive, member, 1000) == bytes(1000)
    assert read_member(archive, member, 10) == bytes(11)


def test_a_damaged_member_is_a_value_error(archive):
    member = archive.getinfo("zeros")
    member.CRC += 1
    with pytest.raises(ValueError, match="Bad CRC-32"):
        read_member(archive, member, 1000)


class FailingStream(io.BytesIO):
    """Fails once it is told to."""

    method = None

    def read(self, n_bytes=-1):
        return self._try("read", n_bytes)

    def seek(self, *arguments):
        return self._try("seek", *arguments)

    def _try(self, name, *arguments):
        if self.method == name:
            raise OSError(errno.EIO, "Input/output error")
        return getattr(super(), name)(*arguments)


@pytest.mark.parametrize("method", ["read", "seek"])
def test_an_error_of_the_disk_stays_what_it_is(method):
    stream = FailingStream(ZEROS.getvalue())
    archive = open_archive(stream)
    stream.method = method
    with pytest.raises(OSError, match="Input/output error") as caught:
        read_member(archive, archive.getinfo("zeros"), 1000)
    assert caught.value.errno == errno.EIO
    with pytest.raises(OSError, match="Input/output error"):
        open_archive(stream)


def test_what_is_no_archive_is_a_value_error(tmp_path):
    path = tmp_path / "file"
    for content in (b"", b"text" * 100, ZEROS.getvalue()[:-5]):
        path.write_bytes(content)
        with path.open("rb") as file, pytest.raises(ValueError, match="not a zip file"):
            open_archive(file)


def test_encryption_is_told_from_the_flags(archive):
    member = archive.getinfo("zeros")
    assert not is_encrypted(member)
    member.flag_bits |= 1
    assert is_encrypted(member)
