"""Options of races: defaults, and values that do not go together."""

from __future__ import annotations

import pytest

from evenfold.errors import UsageError
from evenfold.race.contenders import name_contenders
from evenfold.race.options import RaceOptions
from evenfold.race.settings import RaceSettings, prepares_ahead

PLAIN = name_contenders(["conv1d", "dense_ann"])
WITH_PATH = name_contenders(["conv1d/predict", "conv1d/function"])


@pytest.mark.parametrize(
    ("options", "contenders", "settings"),
    [
        (RaceOptions(), PLAIN, RaceSettings("epoch", None, 0.02, 1, 7, 120.0, "wall")),
        (RaceOptions(), WITH_PATH, RaceSettings("predict", 1, 0.02, 1, 7, 120.0, "wall")),
        (RaceOptions(rows=9), PLAIN, RaceSettings("predict", 9, 0.02, 1, 7, 120.0, "wall")),
        (RaceOptions(measure="fit"), PLAIN, RaceSettings("fit", None, 0.02, 1, 7, 300.0, "wall")),
        (
            RaceOptions(clock="cpu", budget=5.0, margin=0.0, threads=3, seed=0),
            PLAIN,
            RaceSettings("epoch", None, 0.0, 3, 0, 5.0, "cpu", ahead=prepares_ahead("cpu")),
        ),
    ],
)
def test_settings_have_the_given_values_and_the_defaults(options, contenders, settings):
    assert settings == options.settings(contenders, seed=7)


@pytest.mark.parametrize(
    ("options", "contenders", "message"),
    [
        (RaceOptions(measure="epoch"), WITH_PATH, "/predict is for predictions: use --measure"),
        (RaceOptions(measure="fit", rows=2), PLAIN, "--rows is for predictions: use --measure"),
    ],
)
def test_paths_and_rows_are_for_predictions(options, contenders, message):
    with pytest.raises(UsageError, match=message):
        options.settings(contenders, seed=7)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"measure": "batch"}, "no measure 'batch': use one of epoch, fit, predict"),
        ({"clock": "sun"}, "no clock 'sun': use one of wall, cpu"),
        ({"name": "../x"}, "'../x' cannot be a race's name"),
        ({"continued": "x", "seed": 0}, "--seed comes from the saved race: leave it out"),
        ({"continued": "x", "margin": 0.0}, "--margin comes from the saved race: leave it out"),
    ],
)
def test_a_value_outside_its_set_is_an_error(values, message):
    with pytest.raises(UsageError, match=message):
        RaceOptions(**values)


def test_a_continued_race_has_a_budget_of_its_own():
    assert 9.0 == RaceOptions(continued="x", budget=9.0).budget
