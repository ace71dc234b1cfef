"""XLA's compiled programs in the user's cache folder: a program is compiled once on a machine.

A worker works on a copy of its own, into which only files with the right digest are copied: a
damaged or foreign file, or another worker, never reaches TensorFlow. The folder is that of one
build of TensorFlow on one kind of processor; TensorFlow itself looks for a program by its text.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import stat
from contextlib import suppress
from importlib import metadata
from pathlib import Path

PLACE = "EVENFOLD_PROGRAMS"  # the folder in which the cache lies; 0: there is none
NAMED = "evenfold-programs"  # the cache in a folder that the user names and may use otherwise
FLAGS = "TF_XLA_FLAGS"
PREFIX = "evenfold"
# TensorFlow ends the process for flags that it does not know: those between which it was tested.
LEAST_VERSION, NEWEST_VERSION = (2, 16), (2, 21)
DISTRIBUTIONS = (
    "tensorflow", "tensorflow-cpu", "tensorflow-cpu-aws", "tensorflow-intel", "tensorflow-macos",
)  # fmt: skip
MOST_BYTES = 64 * 2**20  # of all programs; those that were written first are removed
DIGEST_LENGTH, KEY_LENGTH = 64, 32
# A program with its digest, or what a process was writing when it ended.
OWN_FILE = re.compile(
    rf"[0-9a-f]{{{KEY_LENGTH}}}/"
    rf"({PREFIX}__.*\.pb\.[0-9a-f]{{{DIGEST_LENGTH}}}|\.{PREFIX}__.*\.pb\.[0-9]+)"
)
CPU_INFO = Path("/proc/cpuinfo")
# The lines of it on which compiled instructions depend, on x86 and on ARM.
INSTRUCTION_SETS = ("flags", "Features")
PROCESSOR = (
    "model name", "stepping", "CPU implementer", "CPU variant", "CPU part", "CPU revision",
)  # fmt: skip
# What else a program may depend on.
VARIABLES = ("XLA_FLAGS", FLAGS, "TF_ENABLE_ONEDNN_OPTS")


class Programs:
    """The programs that this process finds and adds.

    Parameters
    ----------
    own
        The folder that TensorFlow reads and writes.
    shared
        The folder of the user's cache.
    """

    def __init__(self, own: Path, shared: Path) -> None:
        """Copy nothing yet."""
        self.own, self.shared = own, shared

    def load(self) -> None:
        """Copy the sound programs of the cache, and remove the others."""
        for file in _files(self.shared):
            with suppress(OSError):
                content = file.read_bytes()
                name, _, digest = file.name.rpartition(".")
                if _digest(content) == digest:
                    (self.own / name).write_bytes(content)
                else:
                    file.unlink()

    def save(self) -> None:
        """Copy to the cache what TensorFlow has added since."""
        known = {file.name[: -DIGEST_LENGTH - 1] for file in _files(self.shared)}
        for file in self.own.glob(f"{PREFIX}__*.pb"):
            if file.name not in known:
                with suppress(OSError):
                    _write_whole(self.shared, file.name, file.read_bytes())
        _limit(self.shared.parent, MOST_BYTES)


def use_programs(folder: Path) -> Programs | None:
    """Let TensorFlow, which is not imported yet, find compiled programs; None if it cannot.

    Parameters
    ----------
    folder
        A folder of this process alone, which exists as long as it does.
    """
    flags = os.environ.get(FLAGS, "")
    own = folder / f"programs-{os.getpid()}"
    cache, key = _cache_folder(), _key()
    if cache is None or not key or "persistent_cache" in flags or " " in str(own):
        return None
    shared = cache / key
    try:
        # The mode is that of the last folder alone.
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        shared.mkdir(mode=0o700, exist_ok=True)
        if not (_is_private(cache) and _is_private(shared)):
            return None
        own.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    programs = Programs(own, shared)
    programs.load()
    options = f"--tf_xla_persistent_cache_directory={own} --tf_xla_persistent_cache_prefix={PREFIX}"
    os.environ[FLAGS] = f"{flags} {options}".strip()
    return programs


def _cache_folder() -> Path | None:
    """Return the folder of all programs; None if there is none."""
    place = os.environ.get(PLACE)
    if place == "0":
        return None
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(place) / NAMED if place else Path(cache) / "evenfold" / "programs"
    return folder if folder.is_absolute() else None


def _key() -> str:
    """Return what all programs of a folder have in common; "" where that is unknown."""
    builds, processor = _builds(), _processor()
    if not builds or not processor:
        return ""
    others = [os.environ.get(name, "") for name in VARIABLES]
    return _digest("\n".join([*builds, *processor, *others]).encode())[:KEY_LENGTH]


def _builds() -> list[str]:
    """Return names, versions and digests of the files of what is installed; [] if unknown."""
    builds = []
    for name in DISTRIBUTIONS:
        with suppress(metadata.PackageNotFoundError):
            installed = metadata.distribution(name)
            numbers = installed.version.split(".")[:2]
            record = installed.read_text("RECORD")  # the digest of every file
            if not record or not all(part.isdigit() for part in numbers):
                return []
            if not LEAST_VERSION <= tuple(map(int, numbers)) <= NEWEST_VERSION:
                return []
            builds.append(f"{name} {installed.version} {_digest(record.encode())}")
    return builds


def _processor() -> list[str]:
    """Return the kind of the first processor; [] where its instruction sets are unknown."""
    try:
        lines = CPU_INFO.read_text().partition("\n\n")[0].splitlines()
    except OSError:
        return []
    if not any(line.startswith(INSTRUCTION_SETS) for line in lines):
        return []
    kept = [line for line in lines if line.startswith((*INSTRUCTION_SETS, *PROCESSOR))]
    return [platform.machine(), *kept]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_private(folder: Path) -> bool:
    """Return whether nobody else can write to a folder: what is in it is run."""
    status = folder.stat()
    writable = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid == os.getuid() and not writable


def _files(folder: Path) -> list[Path]:
    """Return the programs in a folder of the cache, whose names end with their digests."""
    files = sorted(folder.glob(f"{PREFIX}__*.pb.*"))
    return [file for file in files if len(file.name.rpartition(".")[2]) == DIGEST_LENGTH]


def _write_whole(folder: Path, name: str, content: bytes) -> None:
    part = folder / f".{name}.{os.getpid()}"
    part.write_bytes(content)
    os.replace(part, folder / f"{name}.{_digest(content)}")


def _limit(folder: Path, most_bytes: int) -> None:
    """Remove the programs that were written first, as far as all are too large, and no others."""
    written = []
    for file in folder.glob("*/*"):
        if not OWN_FILE.fullmatch(f"{file.parent.name}/{file.name}"):
            continue
        with suppress(OSError):
            written.append((file.stat().st_mtime, file.stat().st_size, file))
    room = sum(size for _, size, _ in written) - most_bytes
    for _, size, file in sorted(written):
        if room <= 0:
            return
        room -= size
        with suppress(OSError):
            file.unlink()
