"""The sources of a plug-in: its file and every local module that it imports, read once."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypedDict


@dataclass(frozen=True)
class SourceFile:
    """A module of a plug-in, with the bytes that are hashed, sent to workers and compiled.

    Parameters
    ----------
    module
        The name by which it is imported; empty for a model file that nothing imports.
    file
        Its absolute path: the module's ``__file__``, or the folder of a namespace package.
    is_package
        Whether it may have submodules.
    content
        The file's bytes; None for a namespace package.
    """

    module: str
    file: str
    is_package: bool
    content: bytes | None


class DataFile(TypedDict):
    """A file that a plug-in names and reads by itself; ``name`` is relative to the plug-in's."""

    name: str
    file: str
    digest: str


@dataclass(frozen=True)
class Sources:
    """The sources of a plug-in.

    Parameters
    ----------
    entry
        The plug-in's own file.
    helpers
        The local modules that it imports, directly or through each other, in the order of names.
    folders
        Absolute paths of folders whose modules are local.
    data
        The files beside the modules that they name, such as weights or settings.
    """

    entry: SourceFile
    helpers: tuple[SourceFile, ...] = ()
    folders: tuple[str, ...] = ()
    data: tuple[DataFile, ...] = ()

    @property
    def path(self) -> Path:
        """The plug-in's own file."""
        return Path(self.entry.file)

    @property
    def digest(self) -> str:
        """SHA-256 of the names and bytes of modules and data; no folder's place changes it."""
        sha256 = hashlib.sha256()
        for source in (self.entry, *sorted(self.helpers, key=lambda helper: helper.module)):
            content = b"" if source.content is None else source.content
            kind = "namespace" if source.content is None else str(source.is_package)
            head = json.dumps([source.module, kind, len(content)])
            sha256.update(head.encode() + content)
        for data in sorted(self.data, key=lambda data: data["name"]):
            sha256.update(json.dumps([data["name"], "data", data["digest"]]).encode())
        return sha256.hexdigest()

    def to_json(self) -> str:
        """Return the text that ``from_json`` reads."""
        record: SourcesRecord = {
            "entry": _to_record(self.entry),
            "helpers": [_to_record(helper) for helper in self.helpers],
            "folders": list(self.folders),
            "data": list(self.data),
        }
        return json.dumps(record)

    @classmethod
    def from_json(cls, text: str) -> Sources:
        """Read what ``to_json`` returned."""
        record: SourcesRecord = json.loads(text)
        return cls(
            _from_record(record["entry"]),
            tuple(_from_record(helper) for helper in record["helpers"]),
            tuple(record["folders"]),
            tuple(record["data"]),
        )

    def save(self, file: Path) -> Path:
        """Write the sources to a file that ``read_saved`` reads, and return the file."""
        file.write_text(self.to_json(), encoding="utf-8")
        return file


class SourceRecord(TypedDict):
    """A source file as JSON; ``content`` is in Base64, since a source need not be UTF-8."""

    module: str
    file: str
    is_package: bool
    content: str | None


class SourcesRecord(TypedDict):
    """All sources of a plug-in as JSON."""

    entry: SourceRecord
    helpers: list[SourceRecord]
    folders: list[str]
    data: list[DataFile]


def file_digest(file: str) -> str:
    """Return the SHA-256 of a file, in hexadecimal; a file that did not change is read once.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    status = os.stat(file)
    return _digest_of(file, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


@lru_cache(maxsize=None)
def _digest_of(file: str, *_status: int) -> str:
    sha256 = hashlib.sha256()
    with open(file, "rb") as stream:
        for block in iter(lambda: stream.read(2**20), b""):
            sha256.update(block)
    return sha256.hexdigest()


def read_saved(file: Path) -> Sources:
    """Read sources that ``Sources.save`` wrote."""
    return Sources.from_json(file.read_text(encoding="utf-8"))


def _to_record(source: SourceFile) -> SourceRecord:
    content = source.content
    return {
        "module": source.module,
        "file": source.file,
        "is_package": source.is_package,
        "content": None if content is None else base64.b64encode(content).decode(),
    }


def _from_record(record: SourceRecord) -> SourceFile:
    content = record["content"]
    data = None if content is None else base64.b64decode(content)
    return SourceFile(record["module"], record["file"], record["is_package"], data)
