"""The energy of fits: from answer to answer, without the first, saved with the study."""

from __future__ import annotations

import math

from evenfold.runtime.energy import EnergyCounter, EnergyMeter
from evenfold.score.fit_energy import EnergyRecorder, StudyCosts

ANSWERS = [("a", "seconds"), ("a", "seconds"), ("b", "failed"), ("b", "seconds"), ("a", "seconds")]


def recorded():
    """The energy of five answers: 100 J for the first, then 10, 20, 30 and 40."""
    readings = iter([0.0, 100.0, 110.0, 130.0, 160.0, 200.0])
    with EnergyMeter([EnergyCounter("package-0", lambda: next(readings))]) as meter:
        recorder = EnergyRecorder(meter)
        run = recorder.watch(lambda jobs: (({"model": m}, {kind: 1}) for m, kind in ANSWERS))
        assert len(list(run([]))) == len(ANSWERS)
        return recorder.energy


def test_each_answer_ends_the_energy_of_its_fit():
    energy = recorded()
    assert energy.joules == {"a": [10.0, 40.0], "b": [30.0]}
    assert energy.of("a") == 25
    assert math.isnan(energy.of("c"))
    assert "package-0: all processes" in " ".join(energy.caption.split())


def test_a_table_shows_the_median_of_each_model():
    table = recorded().text_table()
    assert table["J a fit"].tolist() == ["25.0 [10.0, 40.0]", "30.0 [–]"]
    assert table["measured fits"].tolist() == ["2", "1"]


def test_costs_are_saved_with_the_environment():
    assert StudyCosts({"net": 5}, recorded()).to_json() == {
        "epochs": {"net": 5},
        "energy": {
            "a": {"sources": ["package-0"], "joules": [10.0, 40.0]},
            "b": {"sources": ["package-0"], "joules": [30.0]},
        },
    }
    assert StudyCosts().to_json() == {"epochs": {}}
