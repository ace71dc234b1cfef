"""Studies in a store: each has one data digest, and each split one set of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evenfold.score.fit import Fit, FitPlace, FitSeries
from evenfold.score.same_rows import group_studies, unpaired_notes
from evenfold.score.store import Store
from evenfold.score.stored_studies import read_stored_studies
from evenfold.score.studies import read_studies
from evenfold.stats.metric_names import METRIC_NAMES

SERIES = FitSeries("beads", "abc", "kfold2", "tf1", "compiled", 0, "net", "id")
FIT = Fit("keras", "", 1.0, 7, np.full((3, 2), 0.5), {}, dict.fromkeys(METRIC_NAMES, 0.5))


def saved(file, *places):
    """A store of fits at places: series, split and rows of each."""
    with Store(file) as store:
        for number, (series, split, rows) in enumerate(places):
            store.put(str(number), FitPlace(series, split, 7, rows), FIT)
    return file


def test_fits_of_splits_that_were_drawn_otherwise_are_left_out(tmp_path):
    """The last rows of a split count, and a message has the number of other fits."""
    file = saved(tmp_path / "s.sqlite", (SERIES, "r0f0", "old"), (SERIES, "r0f1", "b"),
                 (SERIES, "r0f0", "new"))  # fmt: skip
    (study,) = read_stored_studies(file, ["accuracy"])
    assert {("r0f0", "new"), ("r0f1", "b")} == set(study.scores[["split", "rows"]].itertuples(
        index=False, name=None))  # fmt: skip
    (message,) = study.left_out
    assert "1 fits of beads in tf1 are left out: their splits had other rows" in message


def test_studies_of_other_data_in_a_store_are_not_paired(tmp_path):
    """Two datasets of one name in two environments are two groups, and a sentence says so."""
    other = replace(SERIES, fingerprint="def", environment="tf2")
    same = replace(SERIES, environment="tf3")
    places = [(s, f"r0f{f}", f"rows {f}") for s in (SERIES, other, same) for f in range(2)]
    studies = read_studies([saved(tmp_path / "s.sqlite", *places)]).studies
    assert [["tf1", "tf3"], ["tf2"]] == [[s.label for s in g] for g in group_studies(studies)]
    (note,) = unpaired_notes(studies)
    assert "beads, kfold2x1: tf2 (" in note
    assert "their data differ" in note
