"""Figures: what is drawn are the numbers, in every figure, for the page and in the drawing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from sklearn.metrics import precision_recall_curve, roc_auc_score

from builders.figures import EVERY, ONE, STYLES, marks, texts
from builders.races import changed, race, raced_versions
from builders.studies import FOLDS, MODELS, REPEATS, ROWS, bench, histories, kept, of, study
from evenfold.bench.record import TrainingInfo
from evenfold.race.figures import race_samples
from evenfold.race.version_figure import is_of_versions, version_ratios
from evenfold.render.charts import DIGEST, PNG_END, NameStyles, log_ticks
from evenfold.render.legends import without_legends
from evenfold.report.cost_figure import score_against_cost
from evenfold.score.calibration_figure import calibration_curves
from evenfold.score.confusion_figure import confusion
from evenfold.score.curve_figures import precision_recall_curves, roc_curves
from evenfold.score.figures import LETTERS, score_dots
from evenfold.score.learning_figures import learning_curves
from evenfold.score.predictions import Predictions
from evenfold.score.version_figures import score_versions
from evenfold.stats.score_intervals import Design, interval
from evenfold.stats.verdicts import REVERSED

# Figures whose legends name no models, or that have none.
WITHOUT_NAMES = {"verdicts", "ratios", "dots", "confusion", "calibration", "environments"}


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
    asked, made = fields(EVERY[name].spec)
    assert asked
    assert asked - made <= set(EVERY[name].table.columns)


@pytest.mark.parametrize(
    "name",
    sorted(set(EVERY) - {"verdicts", "ratios", "dots", "confusion", "calibration", "environments"}),
)
def test_a_legend_tells_a_name_once_by_all_that_marks_it(name):
    chart = {**EVERY[name].spec, "data": {"values": [{}]}}
    legends = vl_convert.vegalite_to_vega(chart)["legends"]
    assert 1 == len(legends)
    marked = {"stroke", "fill"} & set(legends[0])
    assert marked
    if name in ("roc", "precision") or name.startswith("learning"):
        assert "strokeDash" in legends[0]
    else:
        assert "shape" in legends[0]


def test_a_legend_of_lines_names_those_that_are_drawn():
    drawn = score_dots(ONE, "accuracy", ("majority", "net"), STYLES)
    (legend,) = vl_convert.vegalite_to_vega({**drawn.spec, "data": {"values": [{}]}})["legends"]
    assert ["net"] == legend["values"]
    off_scale = {**EVERY["dots"].spec, "data": {"values": [{}]}}
    assert "legends" not in vl_convert.vegalite_to_vega(off_scale)


@pytest.mark.parametrize("name", EVERY)
def test_every_figure_is_drawn_with_any_names(name):
    text = EVERY[name].svg()
    assert text.count("</svg>") == 1
    assert "<script" not in text
    assert EVERY[name].digest in text
    assert not EVERY[name].table.empty


@pytest.mark.parametrize("name", EVERY)
def test_vega_lite_warns_of_nothing(name, capfd):
    """A warning would stand in the console of whoever opens the page."""
    import vl_convert

    vl_convert.vegalite_to_vega(EVERY[name]._whole(), show_warnings=True)
    assert "WARN" not in capfd.readouterr().err


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


def test_dots_are_the_fits_and_outlined_marks_their_means():
    figure = EVERY["dots"]
    for model, values in ONE.scores.groupby("model")["accuracy"]:
        found = interval(values.to_numpy(), ONE.design)
        row = of(figure.table, model).iloc[0]
        assert (found.estimate, found.low, found.high) == tuple(row[["mean", "low", "high"]])
    points = marks(figure, "point")
    models = sorted(set(MODELS) - {"majority"})
    drawn = {model: sorted(at(p) for p in points if p["model"] == model) for model in models}
    means = [ONE.scores[ONE.scores["model"] == model]["accuracy"].mean() for model in models]
    for (model, scores), mean in zip(drawn.items(), means, strict=True):
        expected = sorted([*of(ONE.scores, model)["accuracy"], mean])
        assert expected == pytest.approx(scores, rel=1e-4)
    assert len(points) == sum(map(len, drawn.values()))


def at(point):
    """Where a point is on the axis of scores."""
    return float(point["accuracy of a fit, and score with 95 % interval"])


def test_a_reference_that_is_far_off_is_named_and_not_in_the_way():
    figure = EVERY["dots"]
    mean = of(ONE.scores, "majority")["accuracy"].mean()
    assert f"off scale: majority {mean:.4f}" == figure.note
    assert figure.note in texts(figure)
    assert min(at(point) for point in marks(figure, "point")) > 0.8
    assert "0.7" not in texts(figure)
    near = score_dots(ONE, "accuracy", ("net",), STYLES)
    assert "" == near.note
    assert not any("off scale" in text for text in texts(near))


def test_of_references_alone_there_are_dots():
    figure = score_dots(ONE, "accuracy", tuple(MODELS), STYLES)
    assert set(MODELS) <= set(texts(figure))
    assert set(MODELS) == {point["model"] for point in marks(figure, "point")}


def test_a_matrix_says_of_every_pair_what_the_table_says_and_turns_it_over():
    table = EVERY["verdicts"].table.set_index(["row", "column"])
    found = ONE.model_scores.compare_all_pairs("accuracy", None)
    assert 2 * len(found) == len(table)
    for (a, b), pair in found.items():
        here, there = table.loc[(a, b)], table.loc[(b, a)]
        assert pair.verdict == here["verdict"] == REVERSED[there["verdict"]]
        assert pair.difference.estimate == here["difference"] == -there["difference"]
    words = [f"{LETTERS[row.verdict]} {row.difference:+.3f}" for row in table.itertuples()]
    drawn = [text.replace("−", "-") for text in texts(EVERY["verdicts"])]
    assert sorted(words) == sorted(text for text in drawn if re.fullmatch(r"[A-Z]+ .\d\.\d+", text))


def with_parameters(benchmark, known):
    info = benchmark.extra_info
    if not isinstance(info, TrainingInfo):
        return benchmark
    changed = structs.replace(info, parameters=known[info.model])
    return structs.replace(benchmark, extra_info=changed)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=7))
@settings(max_examples=40, deadline=None)
def test_the_front_is_of_those_that_none_beats_in_both(points):
    models = {f"m{number}": score / 10 for number, (_, score) in enumerate(points)}
    told = bench(models=models)
    known = dict(zip(models, (cost for cost, _ in points), strict=True))
    changed = [with_parameters(benchmark, known) for benchmark in told.benchmarks]
    told = replace(told, benchmarks=changed)
    made = study(models=models)
    made.scores["accuracy"] = made.scores["model"].map(models)
    table = score_against_cost(
        made, told, "accuracy", "parameters", (), NameStyles.of(models)
    ).table
    for row in table.itertuples():
        cheaper = table[(table["cost"] <= row.cost) & (table["score"] >= row.score)]
        beaten = ((cheaper["cost"] < row.cost) | (cheaper["score"] > row.score)).any()
        same = table[(table["cost"] == row.cost) & (table["score"] == row.score)]
        assert row.front == (not beaten and row.model == same["model"].iloc[0])


def test_a_roc_curve_has_the_area_that_scikit_learn_says():
    told = kept(ONE)
    alone = replace(told, table=told.table[told.table["split"].str.startswith("r0")])
    table = roc_curves(ONE, alone, (), STYLES).table
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
    table = calibration_curves(ONE, told, STYLES).table
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


def test_a_confusion_matrix_shows_counts_and_shares_of_the_class():
    table = EVERY["confusion"].table
    drawn = texts(EVERY["confusion"])
    for _, of_class in table.groupby(["model", "truth"]):
        assert 1 == pytest.approx(of_class["share"].sum())
        expected = of_class["rows"] / of_class["rows"].sum()
        assert list(expected) == pytest.approx(list(of_class["share"]))
    for cell in table.itertuples():
        assert f"{100 * cell.share:.1f}%" in drawn
    shade = EVERY["confusion"].spec["spec"]["layer"][0]["encoding"]["color"]
    assert ("share", [0, 1]) == (shade["field"], shade["scale"]["domain"])


def test_precision_is_the_greatest_at_a_recall_or_above():
    told = kept(ONE)
    alone = replace(told, table=told.table[told.table["split"].str.startswith("r0")])
    table = precision_recall_curves(ONE, alone, (), STYLES).table
    for model, rows in alone.table.groupby("model"):
        precision, recall, _ = precision_recall_curve(rows["label"] == 0, rows["p0"])
        for point in of(table, model).itertuples():
            best = precision[recall >= point.recall - 1e-9].max()
            # scikit-learn adds a point of recall 0 and precision 1.
            assert point.median == pytest.approx(best) or point.recall == 0


def test_curves_of_rates_are_cut_to_where_they_are():
    roc, precision = EVERY["roc"], EVERY["precision"]
    x = roc.spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    of_models = roc.table[roc.table["model"] != "majority"]
    nearly = of_models[of_models["median"] >= 0.99].groupby("model")["false_positive_rate"].min()
    assert x[1] == max([*nearly, 0.1])
    start = precision.spec["layer"][0]["encoding"]["x"]["scale"]["domain"][0]
    assert start == pytest.approx(precision.table["recall"].min())


def test_calibration_has_the_diagonal_a_mark_for_each_bin_and_its_count():
    told, figure = kept(ONE), EVERY["calibration"]
    points = marks(figure, "point")
    assert len(points) == len(figure.table)
    sizes = {round(float(point["rows in the bin"]), 3) for point in points}
    assert sizes == {round(rows, 3) for rows in figure.table["rows"]}
    rows = of(told.table, "net")
    inside = rows[(rows["p0"] >= 0.9)].groupby(rows["split"].str[:2]).size()
    last = of(figure.table, "net").set_index("predicted").loc[0.95]
    assert last["rows"] == pytest.approx(np.median(inside))


def test_versions_of_a_race_are_in_natural_order_with_every_ratio():
    figure, raced = EVERY["environments"], raced_versions()
    assert ["tf2.8", "tf2.15", "tf2.21"] == list(dict.fromkeys(figure.table["environment"]))
    ratios = dict(zip(("tf2.8", "tf2.21"), raced.ratios, strict=True))
    first = figure.table[figure.table["measure"] == "predict, 1 row"].set_index("environment")
    for name, ratio in ratios.items():
        assert (ratio.estimate, ratio.low, ratio.high) == tuple(
            first.loc[name, ["ratio", "low", "high"]]
        )
    assert 1 == first.loc["tf2.15", "ratio"]
    assert len(figure.table) == len(marks(figure, "point"))
    assert is_of_versions(raced)
    assert not is_of_versions(race())
    sure = changed(raced, confidence=0.999)
    assert "99.9 % intervals" in version_ratios([sure], STYLES).caption


def test_a_figure_without_a_legend_is_otherwise_the_same():
    chart = without_legends(EVERY["costs"].spec)
    vega = vl_convert.vegalite_to_vega({**chart, "data": {"values": [{}]}})
    assert "legends" not in vega
    whole = vl_convert.vegalite_to_vega({**EVERY["costs"].spec, "data": {"values": [{}]}})
    assert whole["scales"] == vega["scales"]


def test_the_positive_class_is_named():
    assert "The positive class is ill." in EVERY["confusion"].caption


def test_the_first_of_a_race_stands_at_one_on_top():
    figure = EVERY["ratios"]
    top = figure.table.iloc[0]
    assert (top["contender"], top["ratio"], top["verdict"]) == (top["reference"], 1, "reference")
    names = [text for text in texts(figure) if text in set(figure.table["contender"])]
    assert top["contender"] == names[0]
    # It has no interval, and none is drawn; the other has one.
    assert 1 == len([rule for rule in marks(figure, "rule mark") if "contender" in rule])
    assert top["reference"] in str(figure.spec)


def test_samples_are_those_of_the_race_in_their_order():
    saved = race(1.05)
    table = race_samples(saved, STYLES).table
    assert [s for launch in saved.launches for s in launch.seconds] == list(table["seconds"])
    names = [runner.name for runner in saved.contenders]
    assert [names[n] for launch in saved.launches for n in launch.order] == list(table["contender"])
    drawn = marks(EVERY["samples"], "point")
    title = "seconds, predict (log)"
    assert sorted(table["seconds"]) == pytest.approx(
        sorted(float(point[title]) for point in drawn), rel=1e-4
    )


def test_versions_show_every_mean_in_its_environment():
    table = EVERY["versions"].table
    assert ["tf9", "tf10"] == list(dict.fromkeys(table["environment"]))
    for row in table.itertuples():
        made = ONE if row.environment == "tf9" else study("tf10", seed=1)
        assert row.mean == pytest.approx(of(made.scores, row.model)["accuracy"].mean())


def test_learning_curves_are_medians_over_seeds_of_each_epoch():
    told = histories(ONE)
    accuracy, loss = learning_curves(ONE, told, STYLES)
    assert "abacus-tf9-beads-net-epochs-4-log_loss" == loss.name
    for figure, column in ((accuracy, "accuracy"), (loss, "loss")):
        reported = of_curve(figure.table, "training, as Keras reports it")
        expected = told.groupby("epoch")[column].median()
        assert list(expected) == pytest.approx(list(reported["median"]))
        line = figure.spec["layer"][1]["encoding"]
        assert ("median", "epoch") == (line["y"]["field"], line["x"]["field"])
    held = of_curve(loss.table, "held out")
    assert [0.95, 0.475, 0.95 / 3, 0.2375] == pytest.approx(list(held["high"]))


def of_curve(table, name):
    return table[table["curve"] == name]


def test_without_a_held_out_part_there_are_no_learning_curves():
    told = histories(ONE)
    assert [] == list(learning_curves(ONE, told.drop(columns="held_out_accuracy"), STYLES))[:-1]
    assert [] == list(learning_curves(ONE, told[["model", "epoch", "accuracy", "loss"]], STYLES))


def test_one_fit_has_no_interval_and_can_be_drawn():
    made = study()
    alone = made.scores[made.scores["split"] == "r0f0"]
    one = replace(made, scores=alone, design=Design(1, 1))
    for figure in (
        score_dots(one, "accuracy", ("majority",), STYLES),
        score_against_cost(one, bench(), "accuracy", "fit s", ("majority",), STYLES),
        score_versions([one, one], "accuracy", ("majority",), STYLES),
    ):
        assert "off scale: majority" in figure.note
        assert figure.note in texts(figure)
        assert "</svg>" in figure.svg()


def test_a_repeat_without_one_of_the_classes_has_no_roc_curve():
    told = kept(ONE)
    table = told.table.assign(label=told.table["label"].mask(told.table["split"].str[1] == "0", 1))
    assert roc_curves(ONE, replace(told, table=table), (), STYLES).table["median"].notna().all()
    none = replace(told, table=told.table.assign(label=1))
    assert "</svg>" in roc_curves(ONE, none, (), STYLES).svg()


def test_of_several_classes_none_is_called_positive():
    told = kept(ONE)
    three = Predictions(told.table.assign(p2=0.0), ("a", "b", "c"), None)
    assert "positive" not in confusion(ONE, three).caption
    two = replace(told, classes=("a", "b"), positive=None)
    assert "The positive class is b." in confusion(ONE, two).caption


def test_of_scores_against_cost_only_what_is_worse_than_all_others_is_out_of_sight():
    """The best model may be one of the references, and is on the front."""
    study = replace(ONE, scores=ONE.scores.copy())
    models = sorted(study.scores["model"].unique())
    for reference in models:
        figure = score_against_cost(study, bench(), "accuracy", "fit s", (reference,), STYLES)
        table = figure.table.set_index("model")["score"]
        if reference in table and table[reference] > table.drop(reference).min():
            assert reference not in figure.note


def test_a_name_has_one_colour_and_one_shape_in_every_figure():
    looks = {}
    for figure in EVERY.values():
        for scale in scales(figure.spec):
            for name, look in zip(scale["domain"], scale["range"], strict=True):
                if name in MODELS:
                    kind = "colour" if str(look).startswith("#") else type(look).__name__
                    looks.setdefault((name, kind), set()).add(str(look))
    assert {(name, "colour") for name in MODELS} <= set(looks)
    assert {1} == {len(found) for found in looks.values()}
    assert len(MODELS) == len({str(looks[name, "colour"]) for name in MODELS})


def scales(spec):
    """All scales of a definition that map names to looks."""
    parts = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ()
    own = [spec] if isinstance(spec, dict) and {"domain", "range"} <= set(spec) else []
    return [*own, *(scale for part in parts for scale in scales(part))]


def test_seventy_names_differ_in_colour_or_shape():
    names = [f"m{number}" for number in range(70)]
    styles = NameStyles.of(names)
    colours, shapes = (scale(names)["range"] for scale in (styles.colour_scale, styles.shape_scale))
    assert 70 == len(set(zip(colours, shapes, strict=True)))


@pytest.mark.parametrize("name", ["dots", "ratios"])
def test_a_file_ends_with_the_digest_of_its_data(name):
    figure = EVERY[name]
    assert figure.svg().endswith(figure.svg_end)
    assert figure.digest in figure.svg_end
    image = figure.png()
    assert image.startswith(b"\x89PNG")
    assert image.endswith(figure.png_end)
    assert image.count(PNG_END) == 1
    assert DIGEST.search(image).group() == f"data {figure.digest}".encode()


def test_a_drawing_is_the_same_every_time():
    """Dots are spread over their row by their number, not at random."""
    assert EVERY["dots"].svg() == EVERY["dots"].svg()


@given(st.floats(1e-6, 1e6), st.floats(1.0001, 1e6))
def test_ticks_of_a_logarithmic_axis_are_few_and_around_its_values(low, factor):
    ticks = log_ticks([low, low * factor, float("nan"), float("inf"), 0.0])
    assert ticks == sorted(set(ticks))
    assert 2 <= len(ticks) <= 20
    assert ticks[0] <= low * (1 + 1e-9)
    assert ticks[-1] >= low * factor * (1 - 1e-9)
