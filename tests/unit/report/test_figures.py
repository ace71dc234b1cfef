"""Figures: what is drawn are the numbers, in every figure, for the page and in the drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure as Canvas
from sklearn.metrics import roc_auc_score

from builders.figures import EVERY, ONE
from builders.races import race
from builders.studies import FOLDS, MODELS, REPEATS, ROWS, bench, histories, kept, of, study
from evenfold.race.figures import race_samples
from evenfold.report.cost_figure import score_against_cost
from evenfold.score.curve_figures import calibration_curves, confusion, roc_curves
from evenfold.score.figures import score_dots
from evenfold.score.learning_figures import learning_curves
from evenfold.score.pairing import compare_all_pairs
from evenfold.score.predictions import Predictions
from evenfold.score.version_figures import score_versions
from evenfold.stats.score_intervals import Design, interval


def drawn(figure):
    """The figure on real axes."""
    axes = Canvas(figsize=figure.size).add_subplot()
    figure.draw(axes)
    return axes


def texts(axes):
    return [text.get_text() for text in axes.texts]


def fields(chart):
    """What a chart asks of its data, and what it computes itself."""
    if isinstance(chart, list):
        chart = dict(enumerate(chart))
    asked, made = set(), set()
    for key, value in chart.items() if isinstance(chart, dict) else ():
        if key in ("field", "as") and isinstance(value, str):
            (asked if key == "field" else made).add(value)
        deeper = fields(value)
        asked, made = asked | deeper[0], made | deeper[1]
    return asked, made


@pytest.mark.parametrize("name", EVERY)
def test_a_chart_asks_for_no_column_that_is_not_there(name):
    asked, made = fields(EVERY[name].chart)
    assert asked
    assert asked - made <= set(EVERY[name].table.columns)


@pytest.mark.parametrize("name", sorted(set(EVERY) - {"verdicts", "ratios"}))
def test_a_legend_tells_a_name_once_by_all_that_marks_it(name):
    chart = {**EVERY[name].chart, "data": {"values": [{}]}}
    legends = vl_convert.vegalite_to_vega(chart)["legends"]
    assert 1 == len(legends)
    marked = {"stroke", "fill"} & set(legends[0])
    assert marked
    if name in ("roc", "calibration") or name.startswith("learning"):
        assert "strokeDash" in legends[0]
    elif name != "dots":
        assert "shape" in legends[0]


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_drawn_with_any_names(name):
    text = EVERY[name].svg()
    assert text.count("</svg>") == 1
    assert "<script" not in text
    assert EVERY[name].digest in text
    assert not EVERY[name].table.empty


@pytest.mark.parametrize("name", EVERY)
def test_a_digest_is_of_every_number_that_can_be_seen(name):
    figure = EVERY[name]
    for column in figure.table.select_dtypes("number"):
        for factor, same in ((1 + 1e-12, True), (1.001, False)):
            table = figure.table.astype({column: float})
            at = table[column].abs().idxmax()
            table.loc[at, column] *= factor
            before = replace(figure, table=figure.table.astype({column: float}))
            assert same == (before.digest == replace(figure, table=table).digest)


def test_dots_are_the_fits_and_diamonds_their_means():
    axes = drawn(EVERY["dots"])
    for model, values in ONE.scores.groupby("model")["accuracy"]:
        found = interval(values.to_numpy(), ONE.design)
        row = of(EVERY["dots"].table, model).iloc[0]
        assert (found.mean, found.low, found.high) == tuple(row[["mean", "low", "high"]])
    shown = sorted(set(MODELS) - {"majority"})
    dots = [c for c in axes.collections if len(c.get_offsets()) == FOLDS * REPEATS]
    for model, collection in zip(shown, dots, strict=True):
        expected = sorted(of(ONE.scores, model)["accuracy"])
        assert expected == pytest.approx(sorted(collection.get_offsets()[:, 0]))
    (means,) = (line for line in axes.lines if line.get_marker() == "D")
    expected = [of(ONE.scores, m)["accuracy"].mean() for m in shown]
    assert expected == pytest.approx(list(means.get_xdata()))


def test_a_reference_that_is_far_off_is_named_and_not_in_the_way():
    axes = drawn(EVERY["dots"])
    mean = of(ONE.scores, "majority")["accuracy"].mean()
    told = f"out of sight: majority {mean:.4f}"
    assert [told] == texts(axes)
    assert told == EVERY["dots"].chart["title"]["text"]
    assert axes.get_xlim()[0] > 0.8
    near = drawn(score_dots(ONE, "accuracy", ("net",)))
    assert [] == texts(near)
    assert "title" not in score_dots(ONE, "accuracy", ("net",)).chart


def test_of_references_alone_there_are_dots():
    axes = drawn(score_dots(ONE, "accuracy", tuple(MODELS)))
    assert len(MODELS) == len(axes.get_yticks())


def test_a_matrix_says_of_every_pair_what_the_table_says_and_turns_it_over():
    table = EVERY["verdicts"].table.set_index(["row", "column"])
    found = compare_all_pairs(ONE.scores, "accuracy", ONE.design, None)
    assert 2 * len(found) == len(table)
    turned = {"better": "worse", "worse": "better"}
    for (a, b), pair in found.items():
        here, there = table.loc[(a, b)], table.loc[(b, a)]
        assert pair.verdict == here["verdict"] == turned.get(there["verdict"], there["verdict"])
        assert pair.difference.mean == here["difference"] == -there["difference"]
        assert (pair.probabilities[2], pair.probabilities[0]) == (
            here["p_better"],
            there["p_better"],
        )
    letters = [f"{row.verdict[0].upper()} {row.p_better:.2f}" for row in table.itertuples()]
    assert sorted(letters) == sorted(filter(None, texts(drawn(EVERY["verdicts"]))))


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=7))
@settings(max_examples=40, deadline=None)
def test_the_front_is_of_those_that_none_beats_in_both(points):
    models = {f"m{number}": score / 10 for number, (_, score) in enumerate(points)}
    told = bench(models=models)
    for entry, (cost, _) in zip(told.benchmarks, points, strict=False):
        entry["extra_info"]["parameters"] = cost
    made = study(models=models)
    made.scores["accuracy"] = made.scores["model"].map(models)
    table = score_against_cost(made, told, "accuracy", "parameters", ()).table
    for row in table.itertuples():
        cheaper = table[(table["cost"] <= row.cost) & (table["score"] >= row.score)]
        beaten = ((cheaper["cost"] < row.cost) | (cheaper["score"] > row.score)).any()
        same = table[(table["cost"] == row.cost) & (table["score"] == row.score)]
        assert row.front == (not beaten and row.model == same["model"].iloc[0])


def test_a_roc_curve_has_the_area_that_scikit_learn_says():
    told = kept(ONE)
    alone = replace(told, table=told.table[told.table["split"].str.startswith("r0")])
    table = roc_curves(ONE, alone, ()).table
    for model, rows in alone.table.groupby("model"):
        curve = of(table, model)
        expected = roc_auc_score(rows["label"] == 0, rows["p0"])
        area = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
        assert area(curve["median"], curve["false_positive_rate"]) == pytest.approx(
            expected, abs=0.01
        )
        assert (curve["low"] == curve["high"]).all()


def test_calibration_counts_how_often_it_was_true():
    told = kept(ONE)
    table = calibration_curves(ONE, told).table
    rows = of(told.table, "net")
    repeats = rows.groupby(rows["split"].str[:2])
    for point in of(table, "net").itertuples():
        inside = [
            r[(r["p0"] >= point.predicted - 0.05) & (r["p0"] < point.predicted + 0.05)]
            for _, r in repeats
        ]
        shares = [(r["label"] == 0).mean() for r in inside if len(r) >= 5]
        assert point.median == pytest.approx(np.median(shares))


def test_confusion_counts_every_row_of_a_repeat_once():
    told = kept(ONE)
    table = confusion(ONE, told).table
    for model, cells in table.groupby("model"):
        assert cells["rows"].sum() == pytest.approx(FOLDS * ROWS)
        right = cells[cells["truth"] == cells["predicted"]]["rows"].sum()
        of_model = of(told.table, model)
        guess = of_model[["p0", "p1"]].to_numpy().argmax(axis=1)
        assert right / (FOLDS * ROWS) == pytest.approx((guess == of_model["label"]).mean())
    assert {"ill", "well"} == set(table["truth"])


def test_confusion_has_the_band_of_the_repeats():
    told = kept(ONE)
    table = confusion(ONE, told).table
    for cell in table.itertuples():
        rows = of(told.table, cell.model)
        guess = rows[["p0", "p1"]].to_numpy().argmax(axis=1)
        names = np.array(told.classes)
        inside = (names[rows["label"]] == cell.truth) & (names[guess] == cell.predicted)
        counts = pd.Series(inside).groupby(rows["split"].str[:2].to_numpy()).sum()
        assert REPEATS == len(counts)
        assert (cell.low, cell.high) == pytest.approx(tuple(np.quantile(counts, [0.1, 0.9])))
    ends = {
        tuple(round(y, 9) for y in segment[:, 1])
        for lines in drawn(EVERY["confusion"]).collections for segment in lines.get_segments()
    }  # fmt: skip
    assert {(round(c.low, 9), round(c.high, 9)) for c in table.itertuples()} == ends


def test_the_positive_class_is_named():
    assert "The positive class is ill." in EVERY["confusion"].says


def test_the_first_of_a_race_stands_at_one_on_top():
    figure = EVERY["ratios"]
    top = figure.table.iloc[0]
    assert (top["contender"], top["ratio"], top["verdict"]) == (top["reference"], 1, "reference")
    axes = drawn(figure)
    assert top["contender"] == axes.get_yticklabels()[0].get_text()
    # Its interval is none, and not drawn; the other's is.
    assert 1 == sum(len(lines.get_segments()) for lines in axes.collections)
    assert top["reference"] in str(figure.chart)


def test_samples_are_those_of_the_race_in_their_order():
    saved = race(1.05)
    table = race_samples(saved).table
    assert [s for launch in saved.launches for s in launch.seconds] == list(table["seconds"])
    names = [runner.name for runner in saved.contenders]
    assert [names[n] for launch in saved.launches for n in launch.order] == list(table["contender"])
    marks = [line for line in drawn(EVERY["samples"]).lines if line.get_label() in names]
    assert len(table) == sum(len(line.get_xdata()) for line in marks)


def test_versions_show_every_mean_in_its_environment():
    table = EVERY["versions"].table
    assert ["tf9", "tf10"] == list(dict.fromkeys(table["environment"]))
    for row in table.itertuples():
        made = ONE if row.environment == "tf9" else study("tf10", seed=1)
        assert row.mean == pytest.approx(of(made.scores, row.model)["accuracy"].mean())


def test_learning_curves_are_medians_over_seeds_of_each_epoch():
    told = histories(ONE)
    accuracy, loss = learning_curves(ONE, told)
    assert "abacus-tf9-beads-net-epochs-4-log_loss" == loss.name
    for figure, column in ((accuracy, "accuracy"), (loss, "loss")):
        reported = of_curve(figure.table, "training, as Keras reports it")
        expected = told.groupby("epoch")[column].median()
        assert list(expected) == pytest.approx(list(reported["median"]))
        (line,) = (x for x in drawn(figure).lines if "as Keras" in x.get_label())
        assert list(expected) == pytest.approx(list(line.get_ydata()))
    held = of_curve(loss.table, "held out")
    assert [0.95, 0.475, 0.95 / 3, 0.2375] == pytest.approx(list(held["high"]))


def of_curve(table, name):
    return table[table["curve"] == name]


def test_without_a_held_out_part_there_are_no_learning_curves():
    told = histories(ONE)
    assert [] == list(learning_curves(ONE, told.drop(columns="held_out_accuracy")))[:-1]
    assert [] == list(learning_curves(ONE, told[["model", "epoch", "accuracy", "loss"]]))


def test_one_fit_has_no_interval_and_can_be_drawn():
    made = study()
    alone = made.scores[made.scores["split"] == "r0f0"]
    one = replace(made, scores=alone, design=Design(1, 1))
    for figure in (
        score_dots(one, "accuracy", ("majority",)),
        score_against_cost(one, bench(), "accuracy", "fit s", ("majority",)),
        score_versions([one, one], "accuracy", ("majority",)),
    ):
        axes = drawn(figure)
        assert any("out of sight: majority" in text for text in texts(axes))
        assert "</svg>" in figure.svg()


def test_a_repeat_without_one_of_the_classes_has_no_roc_curve():
    told = kept(ONE)
    table = told.table.assign(label=told.table["label"].mask(told.table["split"].str[1] == "0", 1))
    assert roc_curves(ONE, replace(told, table=table), ()).table["median"].notna().all()
    none = replace(told, table=told.table.assign(label=1))
    assert "</svg>" in roc_curves(ONE, none, ()).svg()


def test_of_several_classes_none_is_called_positive():
    told = kept(ONE)
    three = Predictions(told.table.assign(p2=0.0), ("a", "b", "c"), None)
    assert "positive" not in confusion(ONE, three).says
    two = replace(told, classes=("a", "b"), positive=None)
    assert "The positive class is b." in confusion(ONE, two).says


def test_of_scores_against_cost_only_what_is_worse_than_all_others_is_out_of_sight():
    """The best model may be one of the references, and is on the front."""
    study = replace(ONE, scores=ONE.scores.copy())
    models = sorted(study.scores["model"].unique())
    for reference in models:
        figure = score_against_cost(study, bench(), "accuracy", "fit s", (reference,))
        table = figure.table.set_index("model")["score"]
        if reference in table and table[reference] > table.drop(reference).min():
            assert reference not in str(figure.chart.get("title"))
