"""The environment and the machine that results were made with, and their names."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from evenfold.errors import UsageError
from evenfold.worker.backends import BACKENDS, none

SCHEMA = 1  # 1: the first
PACKAGES = (
    "evenfold",
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "jax",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "pytest",
    "pytest-benchmark",
)
# Those of them that neither a fit nor its time depends on.
HARNESS = frozenset({"evenfold", "pandas", "pytest", "pytest-benchmark"})
NOT_A_NAME = r"\(r\)|\(tm\)|\b(?:amd|intel|cpu|processor|with|gpu|nvidia|\d+-core)\b|@.*"
MACHINE = re.compile(r"[A-Za-z0-9_](?:[\w.-]*\w)?")


@dataclass(frozen=True)
class Environment:
    """Versions, hardware and settings; ``threads`` None means as many as the framework takes."""

    name: str
    machine: str
    python: str
    versions: dict[str, str]
    system: str
    processor: str
    cores: int
    gpus: tuple[str, ...] = ()
    threads: int | None = None
    determinism: bool = False
    flags: dict[str, str] = field(default_factory=dict)
    revision: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, with the schema's number."""
        return {"schema": SCHEMA, **asdict(self)}


def current(
    backend: str | None,
    threads: int | None = None,
    determinism: bool = False,
    flags: dict[str, str] | None = None,
    machine: str | None = None,
    root: Path | None = None,
    name: str | None = None,
    python: str | None = None,
    versions: dict[str, str] | None = None,
) -> Environment:
    """This process' environment, or another's on this machine; imports no framework.

    ``backend`` is the framework that Keras runs on; ``machine`` a name to use instead of the
    hardware's; ``root`` the checkout whose revision is recorded. ``name``, ``python`` and
    ``versions`` are another interpreter's.

    Raises UsageError for a ``machine`` that cannot be a folder's name.
    """
    if machine is not None and not MACHINE.fullmatch(machine):
        raise UsageError(f"{machine!r} is not a machine's name: use letters, digits, _ . -")
    versions = installed_versions() if versions is None else versions
    cores, processor, gpus = core_count(), processor_name(), gpu_names()
    return Environment(
        name=name or environment_name(backend, versions),
        machine=machine or machine_slug(processor, cores, gpus),
        python=python or platform.python_version(),
        versions=versions,
        system=f"{platform.system()} {platform.machine()}",
        processor=processor,
        cores=cores,
        gpus=gpus,
        threads=threads,
        determinism=determinism,
        flags=flags or {},
        revision=git_revision(root or Path.cwd()),
    )


def environment_name(backend: str | None, versions: dict[str, str]) -> str:
    """``tf2.21``, ``keras-jax``, ``keras-torch``, or ``sklearn1.7`` where there is no framework."""
    return (none if backend is None else BACKENDS[backend]).environment_name(versions)


def installed_versions() -> dict[str, str]:
    """Versions of the packages that matter, from their metadata."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In what an environment is not what it was, as both are in their JSON; nothing of HARNESS."""
    found = []
    for what in ("versions", "flags"):
        for name in sorted({*was[what], *now[what]} - HARNESS):
            old, new = was[what].get(name), now[what].get(name)
            if old != new:
                found.append(f"{name} was {old}, is {new}")
    if was["python"] == now["python"]:
        return found
    return [f"Python was {was['python']}, is {now['python']}", *found]


def machine_slug(processor: str, cores: int, gpus: tuple[str, ...] = ()) -> str:
    """``epyc-2c``: processor, cores and first GPU as a folder's name; never a host's name."""
    parts = [processor, f"{cores}c", *gpus[:1]]
    slugs = [
        re.sub(r"[^a-z0-9]+", "-", re.sub(NOT_A_NAME, " ", p.lower())).strip("-") for p in parts
    ]
    return "-".join(slug for slug in slugs if slug)


def processor_name() -> str:
    """The processor's name as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        match = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        if match:
            return match.group(1).strip()
    if platform.system() == "Darwin":
        name = _output("sysctl", "-n", "machdep.cpu.brand_string")
        if name:
            return name
    return platform.processor() or platform.machine()


def core_count() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpu_names() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs that their driver's own tool lists; none where it is not there."""
    listed = _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    return tuple(line.strip() for line in (listed or "").splitlines() if line.strip())


def git_revision(root: Path) -> str | None:
    """The checkout's revision, with ``+`` where files but results differ; None outside of one."""
    revision = _output("git", "-C", str(root), "rev-parse", "--short=12", "HEAD")
    if not revision:
        return None
    changed = _output(
        "git",
        "-C",
        str(root),
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ".",
        ":!results",
    )
    return revision + ("+" if changed else "")


def _output(*command: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
