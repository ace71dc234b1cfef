"""The file of an upgrade: its table is read back as it was printed, and nothing else is read."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.upgrades import NEW, OLD, SETTINGS, made_models, result
from evenfold.errors import ResultsError
from evenfold.stats.race_ratios import Estimate
from evenfold.stats.score_intervals import SplitCounts
from evenfold.upgrade.files import UPGRADE_FILE, read_upgrades, save_upgrade
from evenfold.upgrade.record import upgrade_record
from evenfold.upgrade.results import TimeChange
from evenfold.upgrade.tables import upgrade_text
from strategies import PROPERTY

MODELS = made_models()


def text(models, settings, environments, style="markdown"):
    return upgrade_text(models, settings, environments, style)


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, replace(SETTINGS, rope=0.03, clock="cpu", interval="nadeau-bengio", positive="ill"),
     replace(SETTINGS, design=replace(SETTINGS.design, counts=SplitCounts(10, 5, 5.0, 1)))],
)  # fmt: skip
def test_a_saved_upgrade_has_the_table_that_was_printed(settings, tmp_path):
    save_upgrade(result(settings=settings), tmp_path)
    ((saved,), problems) = read_upgrades([tmp_path])
    assert ("epyc-2c", []) == (saved.machine, problems)
    for style in ("markdown", "csv", "json"):
        read = text(saved.results, saved.settings, list(saved.named_environments.values()), style)
        assert read == text(MODELS, settings, [OLD, NEW], style)


def test_it_lies_beside_races_and_an_older_one_stays(tmp_path):
    first, second = (save_upgrade(result(), tmp_path) for _ in range(2))
    assert first == tmp_path / "epyc-2c" / "upgrades" / "old-new-breast_cancer.json"
    assert second == first.with_name("old-new-breast_cancer-2.json")
    assert 1 == json.loads(first.read_text())["schema"]


def test_a_file_of_an_older_evenfold_has_no_times(tmp_path):
    file = save_upgrade(result(), tmp_path)
    content = json.loads(file.read_text())
    assert content["models"][0]["training"].pop("seconds")
    file.write_text(json.dumps(content))
    ((saved,), problems) = read_upgrades([tmp_path])
    assert (None, []) == (saved.results[0].training.seconds, problems)


numbers = st.floats(1e-3, 1e3)
ends = st.one_of(
    st.just((np.nan, np.nan)), st.just((0.0, np.inf)), st.tuples(numbers, st.just(np.inf)),
    st.tuples(numbers, numbers).map(sorted),
)  # fmt: skip


@PROPERTY
@given(numbers, ends, st.floats(), st.booleans(), st.integers(0, 99))
def test_every_ratio_is_read_as_it_was(ratio, ends, detectable, judged, launches):
    """Also where an interval has no end, or there is none: the file is JSON without NaN."""
    time = TimeChange(
        "r", Estimate(ratio, *ends), "undecided", judged, launches, detectable, judged
    )
    one = replace(MODELS[0], training=time, prediction=time)
    saved = UPGRADE_FILE.to_fields(upgrade_record(result([one]), "u"))
    read = UPGRADE_FILE.from_fields(json.loads(json.dumps(saved, allow_nan=False)))
    again = text(read.results, read.settings, [OLD, NEW])
    assert again == text([one], SETTINGS, [OLD, NEW])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(name="../x"), "name: '../x' is not a name"),
        (lambda c: c.update(labels=["old\x1b", "new"]), "cannot be printed"),
        (lambda c: c["environments"][0].pop("python"), "python is missing"),
        (lambda c: c["environments"][1].update(machine="a/b"), "not a machine's name"),
        (lambda c: c.update(margin=-1), "margin: -1"),
        (lambda c: c["design"].update(folds=0), "design"),
        (lambda c: c["models"][0].update(score=None), r"models\[0\].score: expected a result or"),
        (lambda c: c["models"][0].update(score_gap={"reason": "failed", "environment": ""}),
         r"models\[0\].score: expected a result or"),
        (lambda c: c["models"][0]["score"].update(verdict="better"),
         r"models\[0\].score.verdict: 'better', but its interval and margin are 'worse'"),
        (lambda c: c["models"][0]["training"].update(ratio=-1), r"models\[0\].training"),
        (lambda c: c["models"][0]["training"].update(seconds=[0.1, -1]), r"training.seconds: \("),
        (lambda c: c["models"][0]["training"].update(seconds=[0.1]), r"training.seconds"),
        (lambda c: c["models"][0]["training"].update(verdict="good"), r"models\[0\].training.verd"),
        (lambda c: c["models"][2]["score_gap"].update(reason="lost"), r"models\[2\].score_gap.rea"),
        (lambda c: c.update(more=1), "more: unknown field"),
        (lambda c: c.update(schema=2), "schema 2"),
    ],
)  # fmt: skip
def test_another_value_is_refused_with_file_and_field(change, message, tmp_path):
    file = save_upgrade(result(), tmp_path)
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message) as refused:
        UPGRADE_FILE.read(file)
    assert str(file) in str(refused.value)
    upgrades, (problem,) = read_upgrades([tmp_path])
    assert ([], str(refused.value)) == (upgrades, problem)
