"""Files that nobody's `save` wrote: parts of a real one, altered and signed anew."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

FORMAT_1 = Path(__file__).parent / "format_1.zip"


def entries():
    """Contents of each entry of a file of the first format."""
    with zipfile.ZipFile(FORMAT_1) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(contents, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in dict(contents).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def npy_with_header(header, values=b""):
    length = len(header).to_bytes(2, "little")
    return b"\x93NUMPY\x01\x00" + length + header.encode() + values


def signed(contents, manifest=None):
    """Contents with digests that agree, of another manifest where one is given."""
    if manifest is None:
        manifest = json.loads(contents["manifest.json"])
        for name, declared in manifest["arrays"].items():
            if name in contents:
                declared["sha256"] = hashlib.sha256(contents[name]).hexdigest()
    if not isinstance(manifest, bytes):
        manifest = json.dumps(manifest).encode()
    digest = f"{hashlib.sha256(manifest).hexdigest()}  manifest.json\n".encode()
    return {**contents, "manifest.json": manifest, "manifest.sha256": digest}


def with_manifest(change):
    """A file whose manifest is changed in place, or replaced by what `change` returns."""
    contents = entries()
    manifest = json.loads(contents["manifest.json"])
    replaced = change(manifest)
    return zipped(signed(contents, manifest if replaced is None else replaced))


def with_setting(path, value):
    """A file whose manifest has another value at a path such as ``network.seed``."""

    def change(manifest):
        *sections, name = path.split(".")
        for section in sections:
            manifest = manifest[section]
        manifest[name] = value

    return with_manifest(change)


def with_array(name, content, declared=None):
    """A file that has another entry, which the manifest may declare in another way."""
    contents = entries()
    contents[name] = content
    manifest = json.loads(contents["manifest.json"])
    manifest["arrays"].setdefault(name, {})
    manifest["arrays"][name] |= declared or {}
    manifest["arrays"][name]["sha256"] = hashlib.sha256(content).hexdigest()
    return zipped(signed(contents, manifest))


def without(*names):
    return zipped({name: content for name, content in entries().items() if name not in names})
