"""The time to a target and the energy in the result of a score study, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import evenfold
from builders.comparisons import scored
from evenfold.errors import UsageError
from evenfold.score.fit_energy import FitEnergy
from evenfold.score.options import ScoreOptions
from evenfold.score.result_texts import cost_texts
from evenfold.score.target import ScoreTarget
from evenfold.score.time_to_target import time_to_target
from evenfold.stats.score_intervals import Design

HOLDOUT = Design(1, 4)
TARGET = ScoreTarget("accuracy", 0.9)


@pytest.fixture
def result():
    """A network with a target and measured energy, and a baseline."""
    fits = {"net": [{"val_accuracy": np.array([0.5, 0.95])}] * 4}
    return replace(
        scored({"base": [0.6] * 4, "net": [0.9] * 4}, HOLDOUT),
        times=time_to_target(TARGET, fits, HOLDOUT, {"net": 2}),
        energy=FitEnergy(("package-0",), {"net": [3.0, 5.0, 4.0]}),
    )


def test_numbers_have_the_time_and_the_energy_of_each_model(result):
    numbers = result.numbers.set_index("model")
    assert numbers.loc["net", "target_epochs"] == 2
    assert numbers.loc["net", "target_rows"] == "validation"
    assert math.isnan(numbers.loc["base", "target_epochs"])
    assert numbers["energy_joules"].tolist() == [pytest.approx(math.nan, nan_ok=True), 4.0]


def test_a_result_shows_both_tables_as_text_and_in_a_notebook(result):
    for text in (repr(result), result._repr_html_()):
        assert "Half of the fits reach accuracy 0.9: net after 2 epochs." in text
        assert "4.00 [3.00, 5.00]" in text
        assert "all processes" in text
    assert result.time_table["epochs"].tolist() == [2]


def test_without_either_nothing_is_shown():
    plain = scored({"base": [0.6] * 4}, HOLDOUT)
    assert list(cost_texts(plain, "table")) == []
    assert not [name for name in plain.numbers if name.startswith(("target", "energy"))]
    with pytest.raises(UsageError, match="there is no target"):
        plain.time_table  # noqa: B018


def test_energy_of_no_measured_fit_is_a_sentence(result):
    alone = replace(result, times=None, energy=FitEnergy(("package-0",), {}))
    assert next(iter(cost_texts(alone, "table"))) == "No fit was measured."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"energy": True}, "add --jobs 1"),
        ({"energy": True, "jobs": 1}, "add --engine keras"),
        ({"energy": True, "engine": "keras", "scheduler": "tcp://a:1"}, "of this machine"),
    ],
)
def test_energy_that_would_not_be_a_models_own_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        ScoreOptions(**options)


def test_a_target_is_refused_in_python_as_on_the_command_line():
    with pytest.raises(UsageError, match="write METRIC=VALUE"):
        evenfold.score("majority", time_to="accuracy")
