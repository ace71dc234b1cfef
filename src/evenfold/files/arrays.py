"""Arrays in a ``.npz`` file that may come from anyone: nothing is unpickled, sizes are checked."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from evenfold.files.reading import open_regular

SUFFIX = ".npy"
LONGEST_HEADER = 10_000  # bytes
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
# Arrays of one value are packed a thousandfold: more than this is unpacked only if it is not small.
MOST_UNPACKED, MOST_PACKED = 4 * 2**30, 100  # bytes, and how many times smaller they may be
# Where the length of the header stands, by version of the format, and how it is written.
LENGTHS = {b"\x01\x00": ("<H", 8), b"\x02\x00": ("<I", 8)}
Header = tuple[tuple[int, ...], bool, np.dtype[Any]]


def read_npz(file: Path) -> dict[str, NDArray[Any]]:
    """Read every array of a file.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is not an archive of plain arrays, is damaged, or an array's header does not fit its
        bytes.
    """
    with open_regular(file) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                _require_size(members)
                return {
                    member.filename.removesuffix(SUFFIX): _read_member(archive, member)
                    for member in members
                }
        except (ValueError, OSError):
            raise
        except MemoryError as error:
            raise ValueError("its arrays do not fit into memory") from error
        # A damaged archive may raise anything: BadZipFile, zlib.error, struct.error, EOFError ...
        except Exception as error:
            raise ValueError(f"it is damaged: {error or type(error).__name__}") from error


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    name = member.filename
    if not name.endswith(SUFFIX):
        raise ValueError(f"{name!r:.80} in it is no array")
    if member.flag_bits & 1:
        raise ValueError(f"{name!r:.80} in it is encrypted")
    if member.compress_type not in (STORED, DEFLATED):
        raise ValueError(f"{name!r:.80} in it has an unknown compression")
    content = archive.read(member)
    start, header = _header_of(content, name)
    shape, is_fortran, dtype = header
    count, expected = math.prod(shape), len(content) - start
    if dtype.hasobject:
        raise ValueError(f"{name!r:.80} in it holds objects, which are not unpickled")
    if count * dtype.itemsize != expected:
        raise ValueError(
            f"{name!r:.80} in it has {expected} bytes, and its header claims shape {shape} of "
            f"{dtype}"
        )
    if dtype.itemsize == 0:
        return np.zeros(shape, dtype)
    values = np.frombuffer(content, dtype, count, start)
    if is_fortran:
        return values.reshape(shape[::-1]).transpose()
    return values.reshape(shape)


def _require_size(members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse an archive that would unpack to much more than it is. Raises ValueError."""
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > MOST_UNPACKED and unpacked > MOST_PACKED * packed:
        raise ValueError(f"it would unpack to {unpacked:,} bytes, from {packed:,}")


def _header_of(content: bytes, name: str) -> tuple[int, Header]:
    """Return where an array's values begin, and its header. Raises ValueError."""
    try:
        if not content.startswith(npy.MAGIC_PREFIX):
            raise ValueError("it begins otherwise")
        form, place = LENGTHS[content[6:8]]
        (length,) = struct.unpack_from(form, content, place)
        start = place + struct.calcsize(form) + length
        if length > LONGEST_HEADER or start > len(content):
            raise ValueError(f"it claims a header of {length} bytes")
        return start, _parse_header(content[:start])
    # A header is a Python literal, which may be wrong in many ways.
    except Exception as error:
        text = str(error).partition("\n")[0][:200]
        raise ValueError(f"{name!r:.80} in it has no header of an array: {text}") from error


@lru_cache(maxsize=256)
def _parse_header(content: bytes) -> Header:
    stream = io.BytesIO(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, is_fortran, dtype = read(stream)
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in shape):
        raise ValueError(f"its shape cannot be: {shape}")
    return shape, is_fortran, dtype
