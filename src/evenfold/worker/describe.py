"""What a worker tells of where it runs: Python, packages, framework and flags. Imports none."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any, Iterable

from evenfold.worker.device import FLAGS, backend_name


def describe_environment(packages: Iterable[str]) -> dict[str, Any]:
    """``python``, ``versions`` of those of the packages that are here, ``backend``, ``flags``.

    Raises UsageError when KERAS_BACKEND names what is not installed.
    """
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "versions": versions,
        "backend": backend_name(),
        "flags": {flag: os.environ[flag] for flag in FLAGS if flag in os.environ},
    }
