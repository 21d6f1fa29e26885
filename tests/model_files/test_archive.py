"""A file that `save` did not write is refused by an error that says which entry and why."""

import copy
import errno
import io
import json
import re
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.model_files import archive
from sk_mnist_mlp.model_files.values import KINDS
from tests.failing_disk import fail_to_read
from tests.model_files.forgery import (
    FORMAT_1,
    entries,
    npy,
    npy_with_header,
    signed,
    with_array,
    with_manifest,
    with_setting,
    without,
    zipped,
)
from tests.same_estimators import assert_same_estimators

WHOLE = FORMAT_1.read_bytes()
KERNEL = "kernels/0.npy"
SLOT = "optimizer/kernels/0/0.npy"


class Loaded:
    """Tells on whoever unpickles it."""

    unpickled = False

    def __setstate__(self, state):
        Loaded.unpickled = True

    def __getstate__(self):
        return {"any": "state"}


def changed(name, change=lambda content: content[:-1] + b"?"):
    contents = entries()
    contents[name] = change(contents[name])
    return contents


def swapped(one, other):
    contents = entries()
    contents[one], contents[other] = contents[other], contents[one]
    return contents


def twice(name):
    buffer = io.BytesIO(WHOLE)
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr(name, entries()[name])
    return buffer.getvalue()


def directory_entry(name):
    """Where the directory tells of an entry."""
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as file:
        place = file.start_dir
    while not WHOLE.startswith(name.encode(), place + 46):
        name_length, extra, comment = struct.unpack_from("<3H", WHOLE, place + 28)
        place += 46 + name_length + extra + comment
    return place


def with_flag(name, flag):
    """A file whose directory has a bit set for one of its entries."""
    content = bytearray(WHOLE)
    content[directory_entry(name) + 8] |= flag
    return bytes(content)


def overlapping(n_entries):
    """A file many of whose entries are one and the same."""
    names = [f"kernels/{i}.npy" for i in range(10, 10 + n_entries)]
    contents = entries()
    manifest = json.loads(contents["manifest.json"])
    for name in names:
        manifest["arrays"][name] = {"dtype": "<f8", "shape": [10_000], "sha256": ""}
    buffer = io.BytesIO(zipped(signed(contents, manifest)))
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr(names[0], npy(np.zeros(10_000)))
        for name in names[1:]:
            file.filelist.append(copy.copy(file.getinfo(names[0])))
            file.filelist[-1].filename = name
    return buffer.getvalue()


def understating(name):
    """A file whose directory declares fewer bytes than an entry has."""
    n_bytes = len(entries()[name])
    return WHOLE.replace(struct.pack("<2I", n_bytes, n_bytes), struct.pack("<2I", 1, 1))


NESTED = b'{"format": 1, "arrays": {}, "parameters": {"widths": ' + b"[" * 100_000
VALUES = entries()[KERNEL][-24:]
HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

REFUSED = {
    "empty": (b"", "the file: found no readable zip archive (File is not a zip file)"),
    "text": (b"a model" * 100, "the file: found no readable zip archive"),
    "truncated": (WHOLE[:-30], "the file: found no readable zip archive"),
    "another zip": (
        zipped({"x.npy": b""}),
        "model.zip: was not written by sk_mnist_mlp's save, as it has no manifest.sha256. Load "
        "it by what wrote it, such as keras.saving.load_model for a model of Keras.",
    ),
    "no manifest": (
        without("manifest.json"),
        "manifest.json: found nothing; expected an entry. Replace it by an unaltered copy, or "
        "save the model again.",
    ),
    "no digest": (without("manifest.sha256"), "was not written by sk_mnist_mlp's save"),
    "missing entry": (without(KERNEL), f"{KERNEL}: found nothing; expected an entry, as the"),
    "unknown entry": (
        zipped(entries() | {"code.py": b"1"}),
        "code.py: found an entry that is not in the manifest; expected none",
    ),
    "unknown array": (
        with_array("kernels/2.npy", npy(np.zeros(3)), {"dtype": "<f8", "shape": [3]}),
        "kernels/2.npy: found an array that this model does not have; expected none",
    ),
    "path out of the folder": (
        with_array("../../evil.npy", npy(np.zeros(3)), {"dtype": "<f8", "shape": [3]}),
        "../../evil.npy: found an array that this model does not have",
    ),
    "absolute path": (
        with_array("/etc/evil.npy", npy(np.zeros(3)), {"dtype": "<f8", "shape": [3]}),
        "/etc/evil.npy: found an array that this model does not have",
    ),
    "name that a terminal obeys": (
        zipped(entries() | {"\x1b[2Jcode.py": b"1"}),
        r"'\x1b[2Jcode.py': found an entry that is not in the manifest",
    ),
    "same entry twice": (twice(KERNEL), f"{KERNEL}: found two entries of this name"),
    "altered in place": (
        WHOLE.replace(VALUES, bytes(24)),
        f"{KERNEL}: found damaged contents (Bad CRC-32 for file '{KERNEL}'); expected a whole",
    ),
    "altered array": (
        zipped(changed(KERNEL)),
        f"{KERNEL}: found another SHA-256; expected the one in the manifest",
    ),
    "altered manifest": (
        zipped(changed("manifest.json", lambda content: content + b" ")),
        "manifest.json: found another SHA-256; expected the one in manifest.sha256",
    ),
    "altered digest": (
        zipped(changed("manifest.sha256")),
        "manifest.json: found another SHA-256",
    ),
    "swapped": (
        zipped(swapped("batch_norms/0/mean.npy", "batch_norms/0/beta.npy")),
        "batch_norms/0/beta.npy: found another SHA-256",
    ),
    "swapped and signed": (
        zipped(signed(swapped(KERNEL, "biases/0.npy"))),
        f"{KERNEL}: found shape (3,) and dtype <f4; expected shape (2, 3) and dtype <f4",
    ),
    "newer": (
        with_setting("format", 2),
        "manifest.json: found the format 2; expected at most 1, the newest that this version "
        "knows. Update sk_mnist_mlp.",
    ),
    "newer, otherwise made": (
        zipped(signed(entries() | {"new": b""}, {"format": 2}), zipfile.ZIP_STORED),
        "manifest.json: found the format 2",
    ),
    "no format": (with_manifest(lambda manifest: {}), "manifest.json: found the format None"),
    "format of no number": (with_setting("format", True), "found the format True; expected an"),
    "no object": (with_manifest(lambda manifest: [1]), "manifest.json: found the format None"),
    "no table": (with_setting("arrays", []), "manifest.json: found no table of arrays"),
    "no JSON": (zipped(signed(entries(), b"{")), "manifest.json: found no readable JSON (Expect"),
    "no text": (zipped(signed(entries(), b"\xff{")), "manifest.json: found no readable JSON ("),
    "NaN": (
        with_setting("record.best_validation_score", float("nan")),
        "manifest.json: found no readable JSON (the number NaN)",
    ),
    "infinity": (
        zipped(signed(entries(), b'{"format": 1e999}')),
        "manifest.json: found no readable JSON (the number 1e999)",
    ),
    "number without end": (
        zipped(signed(entries(), b'{"format": ' + b"1" * 10_000 + b"}")),
        "manifest.json: found no readable JSON (Exceeds the limit",
    ),
    "same name twice": (
        zipped(signed(entries(), b'{"format": 1, "format": 1}')),
        "manifest.json: found no readable JSON (a name that comes twice)",
    ),
    "nested": (
        zipped(signed(entries(), NESTED)),
        "manifest.json: found too deeply nested values",
    ),
    "array of objects": (
        with_array("classes.npy", npy(np.array([Loaded()], object)), {"dtype": "|O", "shape": [1]}),
        "classes.npy: found {'dtype': '|O', 'shape': [1], ",
    ),
    "array of objects, declared as numbers": (
        with_array(KERNEL, npy(np.array([Loaded()] * 6, object).reshape(2, 3))),
        f"{KERNEL}: found shape (2, 3) and dtype |O; expected shape (2, 3) and dtype <f4",
    ),
    "structured array": (
        with_array(KERNEL, b"", {"dtype": "f4,O"}),
        f"{KERNEL}: found {{'dtype': 'f4,O'",
    ),
    "unknown dtype": (with_array(KERNEL, b"", {"dtype": "<f3"}), f"{KERNEL}: found {{'dtype'"),
    "negative shape": (with_array(KERNEL, b"", {"shape": [-2, -3]}), f"{KERNEL}: found {{'dtype'"),
    "shape of no numbers": (with_array(KERNEL, b"", {"shape": "23"}), f"{KERNEL}: found {{'dtype'"),
    "undeclared": (
        with_setting("arrays.classes", {}),
        "classes: found {} in the manifest; expected a dtype of numbers, text or times, a shape",
    ),
    "other shape": (
        with_array(KERNEL, npy(np.zeros((3, 2), "f4")), {"shape": [3, 2]}),
        f"{KERNEL}: found shape (3, 2) and dtype float32; expected shape (2, 3) and dtype f",
    ),
    "other dtype": (
        with_array(KERNEL, npy(np.zeros((2, 3))), {"dtype": "<f8"}),
        f"{KERNEL}: found shape (2, 3) and dtype float64; expected shape (2, 3) and dtype f",
    ),
    "other shape than declared": (
        with_array(KERNEL, npy(np.zeros((3, 2), "f4"))),
        f"{KERNEL}: found shape (3, 2) and dtype <f4; expected shape (2, 3) and dtype <f4",
    ),
    "Fortran's order": (
        with_array(KERNEL, npy(np.zeros((2, 3), "f4", order="F"))),
        f"{KERNEL}: found shape (2, 3) and dtype <f4 in Fortran's order",
    ),
    "slot of another shape": (
        with_array(SLOT, npy(np.zeros((3, 2))), {"shape": [3, 2], "dtype": "<f8"}),
        f"{SLOT}: found shape (3, 2) and dtype float64; expected numbers of shape (2,) or (2, 3)",
    ),
    "shared slot that is no number": (
        with_array("optimizer/shared/0.npy", npy(np.zeros(2)), {"shape": [2], "dtype": "<f8"}),
        "optimizer/shared/0.npy: found shape (2,) and dtype float64; expected numbers of",
    ),
    "gap beyond a curve": (
        with_setting("record.gaps", {"history/val_loss": [4]}),
        "manifest.json: found the gap 4 in history/val_loss; expected less than 4",
    ),
    "gaps of no curve": (
        with_setting("record.gaps", {"history/code": [0]}),
        "manifest.json: found gaps in 'history/code'; expected those of curves of this model",
    ),
    "slot of no tensor": (
        with_setting("position.slots", ["kernels/9/0"]),
        "manifest.json: found 'kernels/9/0' in position.slots; expected a slot of shared, kern",
    ),
    "another npy version": (
        with_array(KERNEL, npy(np.zeros((2, 3), "f4"), version=(2, 0))),
        f"{KERNEL}: found no readable npy header (version (2, 0) of the npy format)",
    ),
    "no npy file": (
        with_array(KERNEL, bytes(50)),
        f"{KERNEL}: found no readable npy header (the magic string is not correct",
    ),
    "oversized header": (
        with_array(KERNEL, npy_with_header(f"{HEADER:1000}\n", VALUES)),
        f"{KERNEL}: found 1035 bytes; expected 24 for shape (2, 3) and dtype <f4, and a header "
        "of at most 512",
    ),
    "header that promises too much": (
        with_array(KERNEL, npy_with_header(HEADER.replace("(2, 3)", "(2, 999999999999)"), VALUES)),
        f"{KERNEL}: found shape (2, 999999999999) and dtype <f4; expected shape (2, 3)",
    ),
    "header that is no Python": (
        with_array(KERNEL, npy_with_header("{'descr': (\n", VALUES)),
        f"{KERNEL}: found no readable npy header",
    ),
    "header of mixed keys": (
        with_array(KERNEL, npy_with_header("{1: 2, 'descr': 3}\n", VALUES)),
        f"{KERNEL}: found no readable npy header",
    ),
    "deeply nested header": (
        with_array(KERNEL, npy_with_header("-" * 400 + "1\n", VALUES)),
        f"{KERNEL}: found no readable npy header",
    ),
    "too few values": (
        with_array(KERNEL, npy_with_header(HEADER, VALUES[:-4])),
        f"{KERNEL}: found 20 bytes of values; expected 24",
    ),
    "too many values": (
        with_array(KERNEL, npy_with_header(HEADER, VALUES + b"0")),
        f"{KERNEL}: found 25 bytes of values; expected 24",
    ),
    "compressed": (
        zipped(entries(), zipfile.ZIP_DEFLATED),
        "manifest.json: found a compressed entry; expected one that is stored, as save writes it",
    ),
    "compressed by LZMA": (
        zipped(entries(), zipfile.ZIP_LZMA),
        "manifest.json: found a compressed entry",
    ),
    "encrypted": (
        with_flag(KERNEL, 1),
        f"{KERNEL}: found an encrypted entry; expected one without a password",
    ),
    "patched": (with_flag(KERNEL, 0x20), f"{KERNEL}: found damaged contents (compressed patched"),
    "manifest too large": (
        zipped(signed(entries(), bytes(archive.MANIFEST_LIMIT + 1))),
        f"manifest.json: found {archive.MANIFEST_LIMIT + 1} bytes; expected at most",
    ),
    "overlapping": (
        overlapping(100),
        "bytes up to this entry; expected at most the file's own 1",
    ),
    "understated": (understating(KERNEL), f"{KERNEL}: found 1 bytes; expected 24 for shape"),
}


def load(folder, content):
    path = folder / "model.zip"
    path.write_bytes(content)
    return KerasMLPClassifier.load(path)


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_save_did_not_write_is_refused(tmp_path, content, message):
    with pytest.raises(ValueError, match=f"^{re.escape(str(tmp_path))}/model.zip: ") as caught:
        load(tmp_path, content)
    assert message in str(caught.value)
    assert not Loaded.unpickled


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE])
@pytest.mark.parametrize(
    "place",
    [0, directory_entry(KERNEL), len(WHOLE) - 1],
    ids=["first entry", "directory", "end"],
)
def test_an_error_of_the_disk_is_no_damage(tmp_path, monkeypatch, place, code):
    path = tmp_path / "model.zip"
    path.write_bytes(WHOLE)
    fail_to_read(monkeypatch, path, place, code)
    with pytest.raises(OSError, match=f"'{path}'$") as caught:
        KerasMLPClassifier.load(path)
    assert caught.value.errno == code


def with_offset(name, offset):
    """A file whose directory has an entry begin in another place."""
    content = bytearray(WHOLE)
    place = directory_entry(name) + 42
    content[place : place + 4] = struct.pack("<I", offset)
    return bytes(content)


def with_directory_beyond_the_end():
    """A file whose end says that the directory comes later, so that entries begin before it."""
    place = WHOLE.rindex(b"PK\5\6") + 16
    (offset,) = struct.unpack_from("<I", WHOLE, place)
    return WHOLE[:place] + struct.pack("<I", offset + 1000) + WHOLE[place + 4 :]


@pytest.mark.parametrize(
    "content",
    [with_offset("manifest.json", 2**32 - 2), with_directory_beyond_the_end()],
    ids=["after the end", "before the start"],
)
def test_an_entry_outside_the_file_is_damage(tmp_path, content):
    with pytest.raises(ValueError, match=r"model\.zip: .*: found damaged contents"):
        load(tmp_path, content)


def bomb(name, n_bytes):
    contents = entries() | {name: bytes(n_bytes)}
    return zipped(contents, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize(
    "content",
    [
        bomb("manifest.json", 50_000_000),
        bomb(KERNEL, 50_000_000),
        overlapping(300),
        with_setting("network.widths", [10**9] * 3),
        with_setting("inputs.n_features", 10**18),
        with_setting(
            "parameters.init_stddev",
            {"array": ["he" * 100_000, *"abc" * 1000], "dtype": "str", "shape": [3001]},
        ),
    ],
    ids=["manifest", "array", "overlapping", "widths", "features", "text"],
)
def test_a_bomb_is_refused_before_it_takes_memory(tmp_path, content):
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    KerasMLPClassifier.load(FORMAT_1)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"^.*model\.zip: "):
        KerasMLPClassifier.load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


ORIGINAL = KerasMLPClassifier.load(FORMAT_1)
fuzzed = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fuzzed
@given(data=st.data())
def test_a_damaged_file_is_refused_or_loads_the_same(tmp_path, data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 3), "flips")):
        place = data.draw(st.integers(0, len(content) - 1), "place")
        content[place] = data.draw(st.integers(0, 255), "byte")
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))), "end")
    try:
        loaded = load(tmp_path, bytes(content[:end]))
    except ValueError as error:
        assert str(tmp_path) in str(error)
    else:
        assert_same_estimators(loaded, ORIGINAL)


@fuzzed
@given(data=st.data())
def test_swapped_entries_are_refused_or_load_the_same(tmp_path, data):
    names = st.sampled_from(list(entries()))
    contents = swapped(data.draw(names, "one"), data.draw(names, "other"))
    try:
        loaded = load(tmp_path, zipped(contents))
    except ValueError as error:
        assert str(tmp_path) in str(error)
    else:
        assert_same_estimators(loaded, ORIGINAL)


def places(tree, path=()):
    """Paths to all values of a JSON tree."""
    yield path
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from places(tree[key], (*path, key))


PLACES = [path for path in places(json.loads(entries()["manifest.json"])) if path]
TAGS = [key for kind in KINDS for key in kind.keys]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(0, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["he", "after", "softmax", "float32", "object", "str", "inf"]),
)
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.lists(trees, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(TAGS), st.text(max_size=5)), trees, max_size=3),
    ),
    max_leaves=8,
)


@fuzzed
@given(path=st.sampled_from(PLACES), value=TREES)
def test_a_forged_manifest_is_refused_or_tells_of_another_model(tmp_path, path, value):
    def change(manifest):
        for key in path[:-1]:
            manifest = manifest[key]
        manifest[path[-1]] = value

    try:
        loaded = load(tmp_path, with_manifest(change))
    except ValueError as error:
        assert str(tmp_path) in str(error)
    else:
        loaded.feature_names_in_ = None  # they may be other ones
        assert loaded.predict_proba(np.zeros((5, 2))).shape == (5, 3)
        assert loaded.get_params().keys() == ORIGINAL.get_params().keys()


def test_a_manifest_that_could_not_be_read_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MANIFEST_LIMIT", 1000)
    with pytest.raises(
        ValueError, match=r"its manifest takes \d+ bytes, and at most 1000 are read"
    ):
        ORIGINAL.save(tmp_path / "model.zip")
    assert list(tmp_path.iterdir()) == []
