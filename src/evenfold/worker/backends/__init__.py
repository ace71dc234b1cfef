"""The frameworks that Keras runs on, by name; one module each, in the order of preference."""

from __future__ import annotations

from typing import Mapping

from evenfold.worker.backends import jax, tensorflow, torch
from evenfold.worker.backends.base import Backend

BACKENDS: Mapping[str, Backend] = {"tensorflow": tensorflow, "jax": jax, "torch": torch}
