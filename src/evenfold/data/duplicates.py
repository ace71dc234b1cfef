"""Rows with equal features: those in both parts of a split, and those with different labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.splits import Split
from evenfold.diagnostics.finding import Finding


@dataclass(frozen=True)
class Duplicates:
    """How many test rows have the features of a training row.

    Parameters
    ----------
    splits
        The number of splits.
    shared_rows
        Test rows that also occur among the training rows of their split, summed over splits.
    test_rows
        All test rows, summed over splits.
    conflicting_rows
        Rows of the whole dataset whose features are those of a row with another label.
    """

    splits: int
    shared_rows: int
    test_rows: int
    conflicting_rows: int

    @property
    def share(self) -> float:
        """The share of test rows that also occur among the training rows, over all splits."""
        return self.shared_rows / max(self.test_rows, 1)

    @property
    def note(self) -> str:
        """What a user should know of them, in two or three sentences; empty without any."""
        if not self.shared_rows:
            return ""
        shared, rows = _mean(self.shared_rows, self.splits), _mean(self.test_rows, self.splits)
        average = ", on average over splits" if self.splits > 1 else ""
        text = (
            f"{shared} of {rows} test rows ({_percent(self.share)}) also occur among the "
            f"training rows{average}: scores are optimistic if these rows are duplicates of one "
            "example. Remove the duplicates, or give the rows of one example the same group "
            "(--group)."
        )
        if self.conflicting_rows:
            text += (
                f" {self.conflicting_rows} rows of the data have the features of a row with "
                "another label."
            )
        return text


def count_duplicates(dataset: Dataset, splits: Sequence[Split]) -> Duplicates:
    """Count rows that are alike in every feature.

    Parameters
    ----------
    dataset
        The rows.
    splits
        The splits whose parts are compared.
    """
    numbers = _numbers(dataset.x)
    count = int(numbers.max(initial=-1)) + 1
    shared = 0
    for split in splits:
        is_trained_on = np.zeros(count, dtype=bool)
        is_trained_on[numbers[split.train]] = True
        shared += int(is_trained_on[numbers[split.test]].sum())
    lowest = np.full(count, dataset.n_classes)
    highest = np.full(count, -1)
    np.minimum.at(lowest, numbers, dataset.y)
    np.maximum.at(highest, numbers, dataset.y)
    return Duplicates(
        splits=len(splits),
        shared_rows=shared,
        test_rows=sum(len(split.test) for split in splits),
        conflicting_rows=int((lowest < highest)[numbers].sum()),
    )


def duplicate_findings(duplicates: Duplicates | None) -> list[Finding]:
    """Return the finding on rows that are alike in both parts of a split, if there are any."""
    note = "" if duplicates is None else duplicates.note
    return [Finding("EF001", note)] if note else []


def repeated_rows(dataset: Dataset) -> tuple[int, int]:
    """Return how many rows repeat an earlier one, and how many have its features but not its label.

    Parameters
    ----------
    dataset
        The rows.
    """
    numbers = _numbers(dataset.x)
    repeated = len(numbers) - int(numbers.max(initial=-1)) - 1
    return repeated, count_duplicates(dataset, []).conflicting_rows


def _numbers(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a number for each row, the same for rows that are alike."""
    rows = np.ascontiguousarray(x.reshape(len(x), -1) + 0.0)  # -0.0 becomes 0.0
    known: dict[bytes, int] = {}
    # Digests, so that long rows are not kept twice.
    digests = (hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows)
    return np.array([known.setdefault(digest, len(known)) for digest in digests], dtype=np.int64)


def _mean(total: int, splits: int) -> str:
    """Write a mean count, with one decimal of a small one."""
    mean = total / splits
    return f"{mean:,.0f}" if mean >= 100 or total % splits == 0 else f"{mean:.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"
