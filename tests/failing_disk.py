"""A disk that does not give back what is on it."""

import builtins
import errno
import io
import os
from pathlib import Path


class _FailingFile(io.FileIO):
    """A file of which the byte at one place cannot be read, nor what is read together with it."""

    def __init__(self, path, place, code):
        super().__init__(path)
        self._place, self._code = place, code

    def readinto(self, buffer):
        self._check(self.tell() + len(buffer))
        return super().readinto(buffer)

    def readall(self):
        self._check(os.fstat(self.fileno()).st_size)
        return super().readall()

    def _check(self, end):
        if self.tell() <= self._place < end:
            raise OSError(self._code, os.strerror(self._code))


def fail_to_read(monkeypatch, path, place=0, code=errno.EIO):
    """Let reading one byte of a file fail, however the file is opened."""
    really_open = io.open

    def opened(file, mode="r", *arguments, **options):
        if isinstance(file, str | Path) and Path(file) == path and mode == "rb":
            return io.BufferedReader(_FailingFile(path, place, code))
        return really_open(file, mode, *arguments, **options)

    for module in (builtins, io):
        monkeypatch.setattr(module, "open", opened)
