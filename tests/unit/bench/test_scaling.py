"""How costs grow: the script that measures, its file, and what is shown of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from builders import ROOT
from builders.figures import STYLES
from builders.pages import complete_text
from builders.scaling import scaling
from evenfold.bench.scaling_figures import COST_PLOTS, scaling_figures
from evenfold.bench.scaling_record import (
    SCALINGS,
    write_scaling,
)
from evenfold.bench.scaling_tables import caption, exponent_table
from evenfold.errors import ResultsError

# Its file


def test_a_file_read_back_is_what_was_written(tmp_path):
    write_scaling(tmp_path / "scaling.json", scaling())
    assert scaling() == SCALINGS.read(tmp_path / "scaling.json")
    (first, *_) = json.loads((tmp_path / "scaling.json").read_text())["series"]
    assert all(np.median(p["samples"]) == p["median"] for p in first["points"])


def on(*path, **changed):
    """Change fields of the object that is at a path in the file."""

    def change(content):
        for key in path:
            content = content[key]
        content.update(changed)

    return change


def without(*path):
    """Leave a field out."""

    def change(content):
        for key in path[:-1]:
            content = content[key]
        content.pop(path[-1])

    return change


POINT = ("series", 0, "points", 0)
BROKEN = {
    "is not of experiments/scaling.py": without("series"),
    "has schema 2, this evenfold knows up to 1": on(schema=2),
    "missing required field `settings`": without("settings"),
    "settings.features: None is not above 0": without("settings", "features"),
    "settings.features: 'many' is not above 0": on("settings", features="many"),
    "'../x' is not a machine's name": on("environment", machine="../x"),
    "series[0].points[0]: object missing required field `n`": without(*POINT, "n"),
    "a number is not above 0": on(*POINT, samples=[0]),
    "series[0].points[0].samples[0]: expected `float`, got `str`": on(*POINT, samples=["1"]),
    "points are not in order": lambda content: content["series"][0]["points"].reverse(),
    "or have no samples": on(*POINT, samples=[]),
    "series[0].quantity: invalid enum value 'sleep'": on("series", 0, quantity="sleep"),
    "one of them occurs twice": lambda content: content["series"].append(content["series"][0]),
    "series[0].left_out[0].n: expected `int`, got `str`": on(
        "series", 0, left_out=[{"n": "abc", "reason": "x"}]
    ),
    "flags of the environment: [1]": on("environment", flags=[1]),
    "gpus of the environment: 5": on("environment", gpus=5),
    "versions of the environment: None": on("environment", versions=None),
    "is no model's name": on("series", 0, model="a\nb"),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_file_that_is_not_whole_is_one_message(tmp_path, message):
    told = json.loads(json.dumps({"schema": 1, **asdict(scaling())}))
    BROKEN[message](told)
    file = tmp_path / "scaling.json"
    file.write_text(json.dumps(told))
    with pytest.raises(ResultsError) as caught:
        SCALINGS.read(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
    assert "write it anew" in str(caught.value) or "newer evenfold" in str(caught.value)


# What is shown of it


@pytest.fixture(scope="module")
def figures():
    return {
        figure.name.removeprefix("abacus-scale-"): figure
        for figure in scaling_figures(scaling(), STYLES)
    }


def test_there_is_a_figure_of_every_kind(figures):
    assert [kind.name for kind in COST_PLOTS] == list(figures)
    assert len(COST_PLOTS) <= 6
    assert all("</svg>" in figure.svg() for figure in figures.values())


def test_points_are_medians_and_lines_are_the_fit(figures):
    figure, (net, flat) = figures["predict"], scaling().series[:2]
    for layer in figure.spec["layer"]:
        axes = layer["encoding"]["x"], layer["encoding"]["y"]
        assert ["log", "log"] == [axis["scale"]["type"] for axis in axes]
    table = figure.table[figure.table["name"].str.startswith("net")]
    measured = table.dropna(subset="median")
    assert [p.median for p in net.points] == pytest.approx(list(measured["median"]))
    assert [max(p.samples) for p in net.points] == pytest.approx(list(measured["most"]))
    curve = table.dropna(subset="fitted")
    assert list(net.fit.cost(curve["n"])) == pytest.approx(list(curve["fitted"]))
    # There is no line for the model whose exponent is unknown.
    assert set(table["name"]) == set(figure.table.dropna(subset="fitted")["name"])
    assert 1 == figure.svg().count('aria-roledescription="line mark"')
    assert not flat.fit.is_determined


def test_the_legend_tells_exponents_or_that_there_are_none(figures):
    names = list(dict.fromkeys(figures["predict"].table["name"]))
    fit = scaling().series[0].fit
    assert f"net: {fit.exponent:.2f} [{fit.low:.2f}, {fit.high:.2f}]" == names[1]
    assert "a|b$x: undetermined" == names[0]
    assert "a|b$x (fit): 2.0" in "".join(figures["epoch-rows"].table["name"].unique())
    assert ["net: too few points"] == list(figures["fit-epochs"].table["name"].unique())


def test_memory_stands_over_all_values_of_the_training_part(figures):
    table = figures["memory"].table.dropna(subset="median")
    rows = table[table["name"].str.startswith("net, rows")]
    features = table[table["name"].str.startswith("net, features")]
    assert [30 * n for n in (100, 300, 1000, 3000, 10000)] == list(rows["n"])
    assert [455 * n for n in (100, 300, 1000, 3000, 10000)] == list(features["n"])
    assert [601, 603, 610, 630, 700] == pytest.approx(list(rows["median"]))


def test_the_table_has_a_row_a_model_and_a_column_a_quantity():
    table = exponent_table(scaling()).set_index("model")
    assert ["net", "a|b$x"] == list(table.index)
    assert ("–", "undetermined") == (table.loc["a|b$x", "fit, epochs"], table.loc["a|b$x"].iloc[0])
    assert table.loc["a|b$x", "training, rows"].startswith("2.0")
    assert table.loc["net", "memory, rows"].startswith("1.00 [")


def test_what_was_left_out_is_told_with_its_reason():
    lines = caption(scaling()).splitlines()
    what = "- net, predict at 1,000,000 rows: not measured: one batch would need about 14 \\| 15 GB"
    assert [what] == [line for line in lines if line.startswith("-")]


@pytest.fixture
def results(results):
    """A scaling.json beside a bench run."""
    write_scaling(results / "abacus" / "experiments" / "scaling.json", scaling())
    return results


def reported(base):
    from evenfold.cli.report import write_report
    from evenfold.report.options import ReportOptions

    lines = []
    return write_report(lambda text: None, lines.extend, ReportOptions(base, format="csv")), lines


def test_a_report_has_the_section_and_its_figures(results):
    assert 0 == reported(results)[0]
    text = complete_text(results)
    assert "## Scale\n" in text
    assert "### abacus, tf9\n" in text
    page = (results / "report.html").read_text()
    for kind in COST_PLOTS:
        assert f"](figures/abacus-scale-{kind.name}.svg)" in text
        assert f"<strong>{kind.title}: fitted exponents, abacus, tf9</strong>" in page
    assert "abacus" in text[text.index("## Environments") :]
    assert "One batch on the path predict" in (results / "report.html").read_text()
    assert (0, []) == reported(results)


def test_a_report_without_such_a_file_has_no_such_section(results):
    shutil.rmtree(results / "abacus")
    assert 0 == reported(results)[0]
    assert "Scale" not in complete_text(results)


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_shown(results):
    file = results / "abacus" / "experiments" / "scaling.json"
    file.write_text(file.read_text()[:-40])
    code, lines = reported(results)
    assert 3 == code
    assert f"{file} is truncated or not JSON" in lines[0]
    assert "Scale" not in complete_text(results)


# What the script writes


@pytest.fixture(scope="module")
def measured(tmp_path_factory, framework):
    """What a shortened run writes: a network and an estimator."""
    folder = tmp_path_factory.mktemp("scaling")
    file = folder / "experiments" / "scaling.json"
    command = [sys.executable, "experiments/scaling.py", str(file), "--models", "dense_ann",
               "logistic_regression", "--most-rows", "100", "--most-features", "30",
               "--most-epochs", "2", "--budget", "0", "--threads", "1"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600,
                          env={**os.environ, "TMPDIR": str(folder)})  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return SCALINGS.read(file)


@pytest.mark.slow(reason="the script imports TensorFlow and measures a network")
def test_the_script_measures_every_quantity_of_every_model(measured):
    found = {(s.model, s.quantity, s.against): [p.n for p in s.points] for s in measured.series}
    assert {
        ("dense_ann", "predict", "rows"): [1, 10, 100],
        ("dense_ann", "function", "rows"): [1, 10, 100],
        ("dense_ann", "epoch", "rows"): [100],
        ("dense_ann", "epoch", "features"): [30],
        ("dense_ann", "fit", "epochs"): [1, 2],
        ("dense_ann", "memory", "rows"): [],
        ("dense_ann", "memory", "features"): [30],
        ("logistic_regression", "predict", "rows"): [1, 10, 100],
        ("logistic_regression", "fit", "rows"): [100],
        ("logistic_regression", "fit", "features"): [30],
        ("logistic_regression", "memory", "rows"): [],
        ("logistic_regression", "memory", "features"): [30],
    } == found
    assert not any(series.left_out for series in measured.series)


@pytest.mark.slow(reason="the script imports TensorFlow and measures a network")
def test_the_script_says_how_it_was_measured(measured):
    assert (30, 455, 1) == tuple(
        measured.settings[k] for k in ("features", "training_rows", "threads")
    )
    assert 1 == measured.environment["threads"]
    assert "random" in measured.settings["order"]


@pytest.mark.slow(reason="the script imports TensorFlow and measures a network")
def test_a_network_needs_more_memory_than_was_there_before_and_a_function_less_time(measured):
    by = {(s.model, s.quantity, s.against): s.points for s in measured.series}
    (point,) = by["dense_ann", "memory", "features"]
    assert point.samples[0] > point.before_bytes[0] > 30 * 455 * 8
    slow, fast = (by["dense_ann", path, "rows"][0].median for path in ("predict", "function"))
    assert fast < slow
    assert 5 == len(by["dense_ann", "epoch", "rows"][0].samples)
