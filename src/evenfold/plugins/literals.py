"""Plain values and collections as Python source."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evenfold.plugins.constructors import PLAIN


def plain_literal(value: Any) -> str | None:
    """Return a number, a text or the like as a literal; None for anything else."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, complex):
        return f"complex({plain_literal(value.real)}, {plain_literal(value.imag)})"
    return repr(value) if isinstance(value, PLAIN) or type(value) is slice else None


def write_collection(value: Any, where: str, expression: Any) -> str:
    """Write a list, tuple, set or dictionary; a set in the order of its texts."""
    if isinstance(value, dict):
        pairs = [
            f"{expression(key, f'a key of {where}')}: {expression(each, f'{key!r} of {where}')}"
            for key, each in value.items()
        ]
        return f"{{{', '.join(pairs)}}}"
    texts = [expression(each, f"item {n} of {where}") for n, each in enumerate(value)]
    if isinstance(value, list):
        return f"[{', '.join(texts)}]"
    if isinstance(value, tuple):
        return f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    inside = f"{{{', '.join(sorted(texts))}}}" if texts else "set()"
    return inside if isinstance(value, set) else f"frozenset({inside if texts else ''})"


def is_generator(value: Any) -> bool:
    """Whether a value is a source of random numbers, which evenfold sets anew."""
    return isinstance(value, (np.random.RandomState, np.random.Generator))


def is_frozen_distribution(value: Any) -> bool:
    """Whether a value is a distribution of SciPy with its parameters."""
    is_scipy = type(value).__module__.startswith("scipy.stats")
    return is_scipy and all(hasattr(value, name) for name in ("dist", "args", "kwds"))
