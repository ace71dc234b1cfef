"""Fits that failed: which model, file, split and seed, and the messages about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evenfold.render.words import counted


@dataclass(frozen=True)
class FailedFit:
    """A fit that failed, and the reason: what the worker reported, or why it did not answer."""

    model: str
    path: Path
    split: str
    seed: int
    reason: str


def failure_messages(failed: Iterable[FailedFit]) -> list[str]:
    """Return why fits failed: each reason of each model once, with the first of its fits.

    Every message names the model, its file, the split and the seed, whatever the reason is.
    """
    groups: dict[tuple[str, Path, str], list[FailedFit]] = {}
    for fit in failed:
        groups.setdefault((fit.model, fit.path, fit.reason), []).append(fit)
    return [_message(fits) for fits in groups.values()]


def _message(fits: list[FailedFit]) -> str:
    first = fits[0]
    reason, *last_lines = first.reason.split("\n")
    if not reason.startswith((f"{first.model}:", f"model {first.model} ", f"model {first.model}:")):
        reason = f"{first.model}: {reason}"
    file = "" if str(first.path) in reason else f" of {_short(first.path)}"
    place = f"split {first.split}, seed {first.seed}"
    place = f"first {place}" if len(fits) > 1 else place
    return "\n".join([f"{reason} ({counted(len(fits), 'fit')}{file}: {place})", *last_lines])


def _short(path: Path) -> str:
    """A path below the working directory as the user would write it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
