"""Files of training histories that are damaged, or of other content."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.studies import study
from evenfold.errors import ResultsError
from evenfold.score.predictions import read_histories

FIT = "net/r0f0/7"
CONTENTS = {
    "one number": {f"{FIT}/loss": np.array(0.5)},
    "a table": {f"{FIT}/loss": np.zeros((3, 2))},
    "text": {f"{FIT}/loss": np.array(["a", "b"])},
    "other epochs": {f"{FIT}/loss": np.zeros(3), f"{FIT}/accuracy": np.zeros(2)},
    "a name without a quantity": {FIT: np.zeros(3)},
    "a seed that is no number": {"net/r0f0/x/loss": np.zeros(3)},
}


@pytest.fixture
def saved(tmp_path):
    """A study whose histories are written by a test."""
    return replace(study(), file=tmp_path / "beads.csv")


@pytest.mark.parametrize("arrays", CONTENTS.values(), ids=CONTENTS.keys())
def test_histories_of_other_content_are_named(saved, arrays):
    file = saved.file.with_name("beads.history.npz")
    np.savez(file, **arrays)
    with pytest.raises(ResultsError, match=r"beads\.history\.npz is not what a study writes"):
        read_histories(saved)


def test_every_flipped_byte_is_an_error_of_results_or_harmless(saved):
    """No byte of a file makes its reader raise anything else."""
    file = saved.file.with_name("beads.history.npz")
    np.savez_compressed(file, **{f"{FIT}/loss": np.linspace(0, 1, 20)})
    raw, errors = file.read_bytes(), 0
    for place in range(len(raw)):
        file.write_bytes(raw[:place] + bytes([raw[place] ^ 255]) + raw[place + 1 :])
        try:
            read_histories(saved)
        except ResultsError:
            errors += 1
    assert errors > len(raw) / 2
