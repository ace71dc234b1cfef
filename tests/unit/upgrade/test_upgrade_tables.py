"""The table of an upgrade and its exit code, from scores and races made for the tests."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import click
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.races import race
from builders.upgrades import NEW, OLD, SETTINGS, changed, noise, study, upgraded
from evenfold.cli.options import fail_on_any_option
from evenfold.race.files import free_name, write_race
from evenfold.upgrade.results import (
    FAILED,
    SKIPPED,
    Gap,
    score_changes,
    shortfalls,
)
from evenfold.upgrade.run import upgrade_exit_code
from evenfold.upgrade.tables import (
    NUMBER_COLUMNS,
    upgrade_caption,
    upgrade_numbers,
    upgrade_table,
    upgrade_text,
    versions_text,
)
from strategies import PROPERTY

WORSE = changed(noise(0.9), noise(0.8, 1))
SLOWER, FASTER = race(1.1), race(0.9)


@pytest.mark.parametrize(
    ("after", "verdict"), [(0.8, "worse"), (0.95, "better"), (0.9001, "equivalent")]
)
def test_a_score_is_of_after_against_before(after, verdict):
    found = changed(noise(0.9), noise(after, 1))
    assert verdict == found.comparison.verdict
    assert (after > 0.9) == (found.comparison.difference.estimate > 0)
    assert found.after - found.before == pytest.approx(found.comparison.difference.estimate)


def test_of_a_loss_the_means_are_its_own_and_above_0_is_better():
    found = changed(noise(0.1), noise(0.3, 1), "log_loss")
    assert ("worse", True) == (found.comparison.verdict, found.after > found.before)


def test_the_same_environment_differs_by_nothing():
    found = changed(noise(0.9), noise(0.9))
    around = found.comparison.difference
    assert (0, 0, 0, "equivalent") == (
        around.estimate,
        around.low,
        around.high,
        found.comparison.verdict,
    )


@PROPERTY
@given(st.sets(st.integers(0, 9), max_size=9), st.sets(st.integers(0, 9), max_size=9))
def test_only_fits_of_both_are_compared(lost_before, lost_after):
    """Means, their number and the difference are of the same pairs, whatever was lost."""
    before, after = noise(0.9), noise(0.85, 1)
    gone = [[value if n not in lost else np.nan for n, value in enumerate(values)]
            for values, lost in ((before, lost_before), (after, lost_after))]  # fmt: skip
    common = sorted(set(range(10)) - lost_before - lost_after)
    old, new = study("old", m=gone[0]), study("new", m=gone[1])
    # Half of what is lost has no row, as for a failed fit; the other half has no number.
    new = replace(new, scores=new.scores[new.scores["accuracy"].notna()])
    found = score_changes(old, new, "accuracy", None)
    if len(common) < 2:  # one pair has no interval
        assert {} == found
        return
    assert len(common) == found["m"].fits
    assert before[common].mean() == pytest.approx(found["m"].before)
    assert after[common].mean() == pytest.approx(found["m"].after)


def test_models_of_one_environment_alone_have_no_change():
    found = score_changes(study("old", a=noise(0.9), b=noise(0.9)), study("new", b=noise(0.9)),
                    "accuracy", None)  # fmt: skip
    assert ["b"] == list(found)
    assert {} == score_changes(study("old"), study("new", b=noise(0.9)), "accuracy", None)


def test_intervals_are_adjusted_over_the_models():
    alone = changed(noise(0.9), noise(0.899, 1)).comparison
    values = {name: noise(0.9) for name in "mno"}
    both = study("old", **values), study("new", **{**values, "m": noise(0.899, 1)})
    among_three = score_changes(*both, "accuracy", None)["m"].comparison
    assert among_three.level == pytest.approx(alone.level / 3)
    assert among_three.difference.half_width > alone.difference.half_width


def test_a_row_has_a_verdict_on_score_training_and_prediction():
    (row,) = upgrade_table([upgraded(WORSE, SLOWER, FASTER)], SETTINGS).to_dict("records")
    verdicts = (row["score"], row["training"], row["predict"])
    assert ("m", "worse", "slower", "faster") == (row["model"], *verdicts)
    assert f"{WORSE.before:.4f} → {WORSE.after:.4f}" == row["accuracy, old → new"]
    assert f"{SLOWER.ratios[0].estimate:.3f} [" == row["training ratio"][:7]
    assert row["Δ accuracy"].startswith(f"{WORSE.comparison.difference.estimate:+.4f} [")


def test_a_row_has_the_times_before_and_after():
    (row,) = upgrade_table([upgraded(WORSE, SLOWER, FASTER)], SETTINGS).to_dict("records")
    assert "2.00 → 2.20 ms" == row["training time"]
    assert "2.00 → 1.80 ms" == row["predict time"]
    (numbers,) = upgrade_numbers([upgraded(WORSE, SLOWER, FASTER)], SETTINGS).to_dict("records")
    before, after = SLOWER.medians
    assert [before, after] == [numbers[f"training_seconds_{when}"] for when in ("before", "after")]
    assert FASTER.medians[1] == numbers["predict_seconds_after"]


def test_times_that_a_file_lacks_have_no_column():
    """An older evenfold did not save them."""
    model = upgraded(WORSE, SLOWER, Gap(FAILED))
    old = replace(model, training=replace(model.training, seconds=None))
    assert not [name for name in upgrade_table([old], SETTINGS) if name.endswith(" time")]
    (row,) = upgrade_table([old, model], SETTINGS).to_dict("records")[:1]
    assert ("–", "–") == (row["training time"], row["predict time"])
    (numbers,) = upgrade_numbers([old], SETTINGS).to_dict("records")
    assert np.isnan(numbers["training_seconds_before"])


def test_a_row_says_what_was_skipped_failed_or_too_little():
    rows = upgrade_table(
        [
            upgraded(*[Gap(SKIPPED, "new")] * 3),
            upgraded(replace(WORSE, fits=9), Gap(FAILED), race(launches=3, judged=())),
        ],
        SETTINGS,
    ).to_numpy()
    skipped = ["–", "–", "skipped in new"]
    assert skipped * 3 == [*rows[0][1:]]
    assert "worse (9 of 10 fits)" == rows[1][3]
    assert ["–", "–", "failed"] == [*rows[1][4:7]]
    assert "undecided (3 of 5 launches)" == rows[1][9]


def test_json_and_csv_are_numbers_and_what_is_missing_is_null():
    models = [upgraded(WORSE, SLOWER, FASTER), upgraded(*[Gap(FAILED, "new")] * 3, model="n")]
    first, second = json.loads(upgrade_text(models, SETTINGS, [OLD, NEW], "json"))
    assert list(NUMBER_COLUMNS) == list(first)
    verdicts = (first["score"], first["training_verdict"], first["predict_verdict"])
    assert ("worse", "slower", "faster") == verdicts
    assert SLOWER.ratios[0].estimate == pytest.approx(first["training_ratio"])
    assert FASTER.ratios[0].high == pytest.approx(first["predict_high"])
    assert WORSE.comparison.difference.low == pytest.approx(first["score_low"])
    assert ("old", "new", 10) == (
        first["environment_before"], first["environment_after"], first["fits"]
    )  # fmt: skip
    assert (None, None, "failed", "failed", 0) == tuple(
        second[name] for name in ("before", "predict_low", "score", "training_verdict", "fits")
    )
    rows = [*csv.DictReader(upgrade_text(models, SETTINGS, [OLD, NEW], "csv").splitlines())]
    assert ["m", "n"] == [row["model"] for row in rows]
    assert float(rows[0]["training_ratio"]) == pytest.approx(first["training_ratio"])


def test_tables_for_people_have_a_caption_and_the_versions(monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    for style in ("table", "markdown"):
        text = upgrade_text(
            [upgraded()], replace(SETTINGS, rope=0.03, margin=0.05), [OLD, NEW], style
        )
        flat = " ".join(text.split())
        for words in ("accuracy, old → new", "the margin is 0.03", "The margin of a ratio is 5 %",
                      "Ratios are of new to old", "old: Python 3.11.2, numpy 1.26, B=2",
                      "new: Python 3.11.2, numpy 2.1"):  # fmt: skip
            assert words in flat
    assert "the margin is 0.01" in upgrade_caption(SETTINGS).replace("\n", " ")
    caption = " ".join(upgrade_caption(SETTINGS).split())
    assert "Times of old → new, one thread: medians, raced in turns. Ratios are of new" in caption
    by_cpu = " ".join(upgrade_caption(replace(SETTINGS, clock="cpu")).split())
    assert "CPU times of old → new, one thread: medians, raced at once. Ratios are of" in by_cpu


def test_the_caption_says_what_an_epoch_is_and_that_the_fits_of_scores_are_others():
    caption = " ".join(upgrade_caption(SETTINGS).split())
    assert "an epoch of a network, one after the first of a fit by Keras' own fit" in caption
    assert "another engine, several at a time: their pace does not show how fast" in caption
    # Each direction has a sentence of its own.
    assert "A Δ above 0 is better." in caption
    assert "A ratio below 1 is faster." in caption


def test_packages_of_the_harness_and_flags_that_are_the_same_are_left_out():
    text = versions_text({"old": OLD, "old (2)": OLD})
    assert "old: Python 3.11.2, numpy 1.26\nold (2): Python 3.11.2, numpy 1.26" == text


@pytest.mark.parametrize(
    ("models", "verdicts"),
    [
        ([upgraded()], set()),
        ([upgraded(training=FASTER)], set()),
        ([upgraded(), upgraded(WORSE)], {"worse"}),
        ([upgraded(training=SLOWER)], {"slower"}),
        ([upgraded(predict=SLOWER), upgraded(WORSE)], {"worse", "slower"}),
        ([upgraded(*[Gap(FAILED)] * 3)], set()),
        ([upgraded(predict=race(1.1, judged=()))], set()),
    ],
)
def test_what_fell_short(models, verdicts):
    assert verdicts == shortfalls(models)


@pytest.mark.parametrize(
    ("models", "fail_on", "failed", "code"),
    [
        ([upgraded(WORSE, SLOWER)], (), False, 0),
        ([upgraded(WORSE)], ("slower",), False, 0),
        ([upgraded(WORSE)], ("worse", "slower"), False, 1),
        ([upgraded(predict=SLOWER)], ("slower",), False, 1),
        ([upgraded(predict=SLOWER), upgraded(*[Gap(FAILED)] * 3)], ("slower",), True, 1),
        ([upgraded(), upgraded(training=Gap(FAILED))], ("worse",), False, 3),
        ([upgraded()], (), True, 3),
        ([upgraded(), upgraded(*[Gap(SKIPPED, "new")] * 3)], ("worse",), False, 0),
        ([upgraded(*[Gap(SKIPPED, "new")] * 3)], ("worse",), False, 3),
    ],
)
def test_exit_codes(models, fail_on, failed, code):
    assert code == upgrade_exit_code(models, fail_on, failed)


def test_a_race_that_is_saved_is_not_touched(tmp_path):
    for name in ("a-vs-b-fit", "a-vs-b-fit-2"):
        assert name == free_name("a-vs-b-fit", tmp_path)
        write_race(tmp_path / "epyc-2c" / "races" / f"{name}.json", replace(race(), name=name))
    assert "other" == free_name("other", tmp_path)


def parsed(text):
    @click.command()
    @fail_on_any_option("worse", "slower")
    def command(fail_on):
        return fail_on

    return command.main([] if text is None else ["--fail-on", text], standalone_mode=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [("worse", ("worse",)), ("worse,slower", ("worse", "slower")),
     (" slower , worse", ("slower", "worse")), (None, None)],
)  # fmt: skip
def test_words_to_fail_on(text, words):
    assert words == parsed(text)


@pytest.mark.parametrize("text", ["", "better", "worse,", "worse;slower", "Worse"])
def test_other_words_are_refused(text):
    with pytest.raises(click.BadParameter, match="is not one of worse, slower: write worse,slower"):
        parsed(text)
