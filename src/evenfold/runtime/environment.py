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
from evenfold.files.path_names import ALLOWED, is_slug
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
# Packages on which neither a fit nor its time depends.
HARNESS = frozenset({"evenfold", "pandas", "pytest", "pytest-benchmark"})
NOT_A_NAME = r"\(r\)|\(tm\)|\b(?:amd|intel|cpu|processor|with|gpu|nvidia|\d+-core)\b|@.*"


@dataclass(frozen=True)
class Environment:
    """Versions, hardware and settings that results were made with.

    Parameters
    ----------
    name
        The name: ``tf2.21``.
    machine
        The machine's name: ``epyc-2c``.
    python
        The version of Python.
    versions
        Versions by package.
    system
        The operating system and architecture: ``Linux x86_64``.
    processor
        The processor's name.
    cores
        The number of cores that the process may run on.
    gpus
        Names of the GPUs.
    threads
        CPU threads; None for the framework's default.
    determinism
        Whether operations are deterministic.
    flags
        Environment variables of the framework that are set.
    revision
        The revision of the project, with ``+`` where files differ from it; None outside of git.
    """

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
        """Return the content of an ``environment.json``."""
        return {"schema": SCHEMA, **asdict(self)}


def current_environment(
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
    """Describe this process's environment, or another one on this machine.

    Parameters
    ----------
    backend
        The framework that Keras runs on; None without one. It is not imported.
    threads, determinism, flags
        As of ``Environment``.
    machine
        A name in place of the one made of the hardware.
    root
        The project whose revision is recorded; None for the working directory.
    name, python, versions
        Those of another interpreter.

    Raises
    ------
    UsageError
        ``machine`` cannot be the name of a folder.
    """
    if machine is not None and not is_slug(machine):
        raise UsageError(f"{machine!r} is not a machine's name: {ALLOWED}")
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
    """Name an environment: ``tf2.21``, ``keras-jax``, or ``sklearn1.7`` without a framework."""
    return (none if backend is None else BACKENDS[backend]).environment_name(versions)


def installed_versions() -> dict[str, str]:
    """Return the versions of the packages that matter, from their metadata."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List what changed between two environments, but for packages of the harness.

    Parameters
    ----------
    old, new
        The contents of two ``environment.json``.
    """
    lines = []
    if old["python"] != new["python"]:
        lines.append(f"Python was {old['python']}, is {new['python']}")
    for group in ("versions", "flags"):
        for name in sorted({*old[group], *new[group]} - HARNESS):
            before, after = old[group].get(name), new[group].get(name)
            if before != after:
                lines.append(f"{name} was {before}, is {after}")
    return lines


def current_machine() -> str:
    """Return the name of this machine."""
    return machine_slug(processor_name(), core_count(), gpu_names())


def machine_slug(processor: str, cores: int, gpus: tuple[str, ...] = ()) -> str:
    """Name a machine by processor, cores and first GPU, never by its host: ``epyc-2c``."""
    parts = [processor, f"{cores}c", *gpus[:1]]
    slugs = [
        re.sub(r"[^a-z0-9]+", "-", re.sub(NOT_A_NAME, " ", p.lower())).strip("-") for p in parts
    ]
    return "-".join(slug for slug in slugs if slug)


def processor_name() -> str:
    """Return the processor's name, as the operating system reports it."""
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
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpu_names() -> tuple[str, ...]:
    """Return the names of the NVIDIA GPUs, as ``nvidia-smi`` lists them; none without it."""
    listed = _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    return tuple(line.strip() for line in (listed or "").splitlines() if line.strip())


def git_revision(root: Path) -> str | None:
    """Return the revision of a checkout, with ``+`` where files other than results differ."""
    revision = _output("git", "-C", str(root), "rev-parse", "--short=12", "HEAD")
    if not revision:
        return None
    changed = _output(
        "git", "-C", str(root), "status", "--porcelain", "--untracked-files=no",
        "--", ".", ":!results",
    )  # fmt: skip
    return revision + ("+" if changed else "")


def _output(*command: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
