"""Seeds of fits, derived so that adding a model or a split changes no other fit."""

from __future__ import annotations

import hashlib


def derive(run_seed: int, model: str, split: str, repeat: int = 0) -> int:
    """Derive a seed in 0..2**31-1 from the run's seed, the model, the split and the repeat."""
    text = repr((run_seed, model, split, repeat)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") >> 1
