"""What is missing from a study is counted, and stands beside every mean and verdict."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.comparisons import scored
from builders.predicted_studies import predicted_study
from evenfold.render.tables import write
from evenfold.score.fit_counts import count_fits, missing_notes
from evenfold.score.model_scores import ModelScores
from evenfold.score.numbers import comparison_numbers
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import (
    environment_table,
    lacks_values,
    score_tables,
    study_notes,
    verdict_table,
)
from evenfold.stats.score_intervals import Design
from strategies import PROPERTY, SEEDS

METRICS = ("accuracy", "roc_auc", "sensitivity")
WRONG_WORDS = re.compile(r"\b(nan|NaN|inf|None|NaT|<NA>)\b")
VERDICTS = re.compile(r"better|worse|equivalent|undecided")


def test_the_caption_has_the_sentences_on_engines():
    note = "Keras' fit trained b instead of the compiled engine: its callbacks act between epochs."
    result = scored({"a": [0.5, 0.6], "b": [0.6, 0.8]}, Design(2, 1), engines=[note])
    assert note in result.caption.splitlines()
    assert note in result.notes


def saved(comparison, label="tf9"):
    design = comparison.design
    return StudyScores(
        label, "abacus", "beads", "x", design, comparison.scores, Path("x.csv"), {"name": label}
    )


@st.composite
def tables(draw):
    """Values of two to four models on a design: numbers, NaN where undefined, None where failed."""
    design = Design(draw(st.integers(2, 4)), draw(st.integers(1, 4)))
    count = design.folds * design.repeats
    rng = np.random.default_rng(draw(SEEDS))
    values = {}
    for model in "abcd"[: draw(st.integers(2, 4))]:
        kinds = draw(st.lists(st.sampled_from("....nf"), min_size=count, max_size=count))
        found = {".": lambda: float(rng.normal(0.8, 0.05)), "n": lambda: np.nan, "f": lambda: None}
        values[model] = [found[kind]() for kind in kinds]
    return values, design


@PROPERTY
@given(tables())
def test_the_counts_are_what_is_missing(table):
    """Of failed fits, of values and of pairs; the study is complete if nothing is missing."""
    values, design = table
    found = scored(values, design)
    for model, of_model in values.items():
        finished = [value for value in of_model if value is not None]
        defined = int(np.isfinite(np.array(finished, float)).sum())
        count = found.counts[model]
        assert (len(of_model), len(finished), defined) == (
            count.planned,
            count.finished,
            count.defined,
        )
        assert count.is_complete == (defined == len(of_model))
    assert found.is_complete == all(count.is_complete for count in found.counts.values())
    first = np.array(values["a"], float)
    for model in list(values)[1:]:
        pairs = int(np.isfinite(np.array(values[model], float) - first).sum())
        assert (model in found.verdicts) == (pairs > 1)
        if pairs > 1:
            assert pairs == found.verdicts[model].pairs


@PROPERTY
@given(tables())
def test_no_cell_is_no_number_and_a_verdict_states_its_pairs(table):
    """A cell is a text or a dash, and every mean or verdict over fewer fits says how many."""
    values, design = table
    found = scored(values, design)
    planned = design.folds * design.repeats
    for row in found.text_table.to_dict("records"):
        count = found.counts[row["model"]]
        assert not any(WRONG_WORDS.search(cell) for cell in row.values())
        fewer = f"({count.defined} of {planned} fit"
        assert (fewer in row["accuracy"]) == (0 < count.defined < planned)
        assert ("of" in row["fits"]) == (count.finished < planned)
        if VERDICTS.search(row["verdict"]):
            pairs = found.verdicts[row["model"]].pairs
            assert (f"({pairs} of {planned} fits)" in row["verdict"]) == (pairs < planned)
        else:
            assert "–" == row["verdict"]
    assert not WRONG_WORDS.search(found.caption)
    assert not WRONG_WORDS.search(str(found))


@PROPERTY
@given(tables())
def test_every_gap_has_its_sentence(table):
    """A model that lacks fits or values is named in a note with the number it has."""
    values, design = table
    found = scored(values, design)
    text = "\n".join(found.notes)
    assert bool(found.notes) or found.is_complete
    if not len(found.scores):
        assert "No fit finished: no scores." == text
        return
    for model, count in found.counts.items():
        named = [note for note in found.notes if re.search(rf"\b{model}\b", note)]
        if count.finished == 0:
            assert any(note.startswith("No fit of ") for note in named)
        elif count.finished < count.planned:
            assert any(f"{count.finished} of {count.planned} fit" in note for note in named)
        if 0 < count.defined < count.finished:
            missing = count.finished - count.defined
            sentence = f"accuracy is not defined in {missing} of {count.finished} fit"
            assert any(sentence in n and f"the other {count.defined}." in n for n in named)
        if 0 == count.defined < count.finished:
            assert any("accuracy is not defined in any fit of" in note for note in named)


@PROPERTY
@given(tables())
def test_saved_studies_show_no_cell_without_a_number(table):
    """compare and report: tables of models, of pairs and of environments, and their notes."""
    values, design = table
    again = {model: [v if v is None else v + 0.01 for v in values[model]] for model in values}
    studies = [saved(scored(values, design)), saved(scored(again, design), "tf10")]
    studies = [study for study in studies if len(study.scores)]
    if not studies:
        return
    texts = [*score_tables(studies, "accuracy", None, "markdown")]
    assert not any(WRONG_WORDS.search(text) for text in texts)
    pairs = verdict_table(studies[0].model_scores, "accuracy", None)
    planned = design.folds * design.repeats
    for row in pairs.to_dict("records"):
        for column, cell in row.items():
            if VERDICTS.search(str(cell)) and column != "row against column":
                a, b = (np.array(values[m], float) for m in (row["row against column"], column))
                n = int(np.isfinite(a - b).sum())
                assert (f"({n} of {planned} fits)" in cell) == (n < planned)
    environments = environment_table(studies, "accuracy", None)
    assert not WRONG_WORDS.search(write(environments, "markdown"))
    assert lacks_values(studies, "accuracy") == any(map(_lacks, studies))
    if _lacks(studies[0]):
        assert study_notes(studies[0], "accuracy", None)
    numbers = comparison_numbers(studies, "accuracy", None)
    has_verdict = numbers["verdict"].notna()
    assert (numbers.loc[has_verdict, "pairs"] > 1).all()
    assert (
        numbers.loc[~has_verdict, ["difference", "low", "high", "detectable"]].isna().all(axis=None)
    )


def _lacks(study):
    models = study.scores["model"].unique()
    counts = count_fits(study.model_scores, models, "accuracy")
    return not all(count.is_complete for count in counts.values())


@PROPERTY
@given(tables())
def test_csv_and_json_hold_numbers_and_every_planned_fit(table):
    values, design = table
    found = scored(values, design, positive="ill")
    fits = pd.read_csv(io.StringIO(write(found.fits, "csv")))
    assert sum(map(len, values.values())) == len(fits)
    assert {"ill"} == set(fits["positive"])
    for model, of_model in values.items():
        rows = fits[fits["model"] == model]
        assert of_model.count(None) == (rows["status"] == "failed").sum()
        assert rows.loc[rows["status"] == "failed", list(METRICS)].isna().all(axis=None)
    rows = json.loads(write(found.numbers, "json"))
    for row in rows:
        count = found.counts[row["model"]]
        assert (count.planned, count.finished, count.defined) == (
            row["fits_planned"], row["fits_finished"], row["accuracy_defined"],
        )  # fmt: skip
        assert (row["verdict"] is not None) == (row["model"] in found.verdicts)
        assert not any(isinstance(value, str) and re.search(r"\d\.\d", value)
                       for value in row.values())  # fmt: skip


def test_models_with_the_same_gaps_share_a_sentence():
    values = {m: [np.nan, np.nan, 0.5, 0.6] for m in "ab"}
    found = scored(values, Design(2, 2), "roc_auc")
    assert [
        "roc_auc is not defined in 2 of 4 fits each of a and b (test folds of one class): means "
        "and verdicts use the other 2."
    ] == [note for note in found.notes if note.startswith("roc_auc")]


def test_a_metric_beside_that_of_the_verdicts_has_its_sentence_and_breaks_nothing():
    """Its mean says how many fits it is over; the exit code is about the verdicts' metric."""
    found = scored({m: [0.5, 0.6, 0.5, 0.6] for m in "ab"}, Design(2, 2))
    found.scores.loc[0, "roc_auc"] = np.nan
    assert found.is_complete
    assert "(3 of 4 fits)" in found.text_table.loc[0, "roc_auc"]
    assert any(
        note.startswith("roc_auc is not defined in 1 of 4 fits of a") for note in found.notes
    )


@pytest.mark.parametrize("gone", ["a", "b"])
def test_a_skipped_reference_leaves_no_verdicts(gone):
    """The next model is never the reference in its stead; another skipped model is no failure."""
    values = {m: [None if m == gone else 0.5 + n / 10 for n in range(4)] for m in "abc"}
    found = scored(values, Design(2, 2), skipped={gone: "needs a GPU"})
    assert any(note == f"{gone} was skipped: needs a GPU." for note in found.notes)
    assert ({} if gone == "a" else {"c"}) == (found.verdicts and set(found.verdicts))
    assert found.is_complete == (gone != "a")
    sentence = "There are no verdicts, because the reference a has no scores."
    assert (sentence in found.caption) == (gone == "a")
    assert "0 of 4" in set(found.text_table["fits"])


def test_every_model_skipped_is_one_sentence():
    found = scored({"a": [None] * 4, "b": [None] * 4}, Design(2, 2), skipped={"a": "x", "b": "y"})
    assert ["Every model was skipped: no scores."] == found.notes
    assert not found.is_complete
    assert {} == found.verdicts
    assert ["–"] * 2 == list(found.text_table["accuracy"])


def test_one_fit_has_no_interval_and_no_verdict():
    found = scored({"a": [0.5], "b": [0.6]}, Design(1, 1))
    row = found.text_table.iloc[1]
    assert ("0.6000 [–]", "–", "–") == (row["accuracy"], row["Δ accuracy"], row["verdict"])
    assert "1 seed of one split" in found.caption
    assert "Without intervals there is no verdict." in found.caption


def test_the_positive_class_stands_in_the_caption():
    values = {m: [0.5, 0.6, 0.5, 0.6] for m in "ab"}
    plain = scored(values, Design(2, 2), "accuracy", positive="ill", positive_is_default=True)
    assert plain.caption.endswith('The positive class is "ill".')
    chosen = scored(values, Design(2, 2), "sensitivity", positive="ill")
    assert 'share of the rows of class "ill" that are predicted as it' in chosen.caption
    assert "--positive" not in chosen.caption
    default = scored(values, Design(2, 2), "sensitivity", positive="ill", positive_is_default=True)
    assert "set another with --positive LABEL" in default.caption


def test_a_metric_that_the_data_lack_is_no_undefined_value():
    """Sensitivity of several classes has no column, and so no sentence."""
    found = scored({m: [0.5, 0.6, 0.5, 0.6] for m in "ab"}, Design(2, 2))
    scores = found.scores.assign(roc_auc=np.nan)
    assert [] == missing_notes(
        ModelScores(scores, ("a", "b"), Design(2, 2)), "ab", ["accuracy", "roc_auc"]
    )


def test_f1_of_all_fits_together_counts_every_fit():
    """Folds without a row of the class have no F1 of their own; their predictions count."""
    made = predicted_study({"a": 0.9, "b": 0.7}, Design(4, 5))
    some = made.scores["split"].isin(["r0f0", "r1f1"])
    made = replace(made, scores=made.scores.assign(f1=made.scores["f1"].mask(some)))
    counts = count_fits(made.model_scores, ["a", "b"], "f1")
    assert all((one.planned, one.defined) == (20, 20) for one in counts.values())
    assert not lacks_values([made], "f1")
    text = "\n".join(score_tables([made], "f1", None, "markdown"))
    assert "f1 is not defined" not in text
    assert "of 20 fits" not in text
    by_fits = replace(made, interval="nadeau-bengio")
    assert count_fits(by_fits.model_scores, ["a"], "f1")["a"].defined == 18
    assert lacks_values([by_fits], "f1")
