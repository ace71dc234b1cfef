"""The environment of a worker: Python, packages, framework and flags. Imports no framework."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Iterable

from evenfold.worker.device import FLAGS, backend_name
from evenfold.worker.protocol import EnvironmentInfo


def describe_environment(packages: Iterable[str]) -> EnvironmentInfo:
    """Describe where this process runs.

    Parameters
    ----------
    packages
        Names of packages to look up; those that are not installed are left out.

    Raises
    ------
    UsageError
        If KERAS_BACKEND names a framework that is not installed.
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
