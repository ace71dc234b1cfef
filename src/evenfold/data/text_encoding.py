"""The encoding of a text file, from its bytes."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path

from evenfold.data.regular_files import require_regular
from evenfold.errors import DataError
from evenfold.files.path_names import similar_path
from evenfold.files.reading import read_file

CHUNK = 1 << 20
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Of text in European languages as UTF-16, almost every second byte is 0.
MOSTLY_ZERO = 0.7
WESTERN = ("cp1252", "latin-1")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked if its name ends in ``.gz``.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    require_regular(path)
    try:
        if path.suffix.lower() != ".gz":
            return read_file(path)
        return gzip.decompress(read_file(path))
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file{similar_path(path)}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is damaged or not packed by gzip: {error}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def find_encoding(path: Path, data: bytes) -> str:
    """Return the encoding of a text.

    A byte-order mark decides, then zero bytes in every second place. Else it is UTF-8 where it can
    be, and Windows-1252, of which Latin-1 is a part.

    Raises
    ------
    DataError
        The bytes are no text.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(path, data, encoding)
    start = data[:CHUNK]
    if b"\0" in start:
        for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
            place = start[first::2]
            if place and place.count(0) >= MOSTLY_ZERO * len(place):
                return _checked(path, data, encoding)
    if b"\0" in data:
        raise DataError(f"{path} holds zero bytes: it is not a text file")
    for encoding in ("utf-8-sig", *WESTERN):
        if _decodes(data, encoding):
            return encoding
    raise AssertionError("every byte is a character of Latin-1")


def _checked(path: Path, data: bytes, encoding: str) -> str:
    if not _decodes(data, encoding):
        name = encoding.removesuffix("-sig").upper()
        raise DataError(f"{path} is damaged: it begins as {name} and goes on otherwise")
    return encoding


def _decodes(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), CHUNK):
            decoder.decode(data[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
