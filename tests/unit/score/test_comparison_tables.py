"""Tables of a comparison hold numbers, and its HTML shows them with verdicts and intervals."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from builders.comparisons import scored
from evenfold.render.tables import write
from evenfold.stats.score_intervals import Design

VALUES = {"a": [0.90, 0.91, 0.92, 0.93], "b": [0.5, 0.52, 0.51, 0.55], "c": [None] * 4}
NAMES = ("model", "metric", "verdict")


@pytest.fixture
def found():
    return scored(VALUES, Design(2, 2), skipped={"c": "needs a GPU"})


def test_a_table_holds_the_numbers_of_the_printed_one(found):
    table = found.table.set_index("model")
    assert table.index.tolist() == ["a", "b", "c"]
    comparison = found.verdicts["b"]
    around = found.model_scores.interval("b", "accuracy")
    row = table.loc["b"]
    assert (around.estimate, around.low, around.high) == (row["mean"], row["low"], row["high"])
    d = comparison.difference
    assert (d.estimate, d.low, d.high) == (
        row["difference"], row["difference_low"], row["difference_high"])  # fmt: skip
    assert comparison.verdict == row["verdict"]
    assert np.isnan(table.loc["a", "difference"])
    assert np.isnan(table.loc["c", "mean"])
    assert [4, 4, 0] == table["fits"].tolist()


def test_all_but_names_are_numbers(found):
    for name, column in found.table.items():
        if name not in NAMES:
            assert pd.api.types.is_numeric_dtype(column), name
    assert {"mean", "low", "high", "difference"} <= {
        name for name, column in found.table.items() if column.dtype == np.float64
    }


def test_groups_ignored_are_a_number():
    one = scored(VALUES, Design(2, 2))
    both = replace(one, groups_ignored=one.scores.assign(accuracy=one.scores["accuracy"] + 0.01))
    more = both.table["mean_groups_ignored"] - both.table["mean"]
    assert more[:2].tolist() == pytest.approx([0.01, 0.01])


@pytest.mark.parametrize("style", ["csv", "json"])
@pytest.mark.parametrize("name", ["table", "numbers", "fits"])
def test_no_format_holds_formatted_numbers(found, style, name):
    text = write(getattr(found, name), style)
    read = {"csv": pd.read_csv, "json": pd.read_json}[style](io.StringIO(text))
    for cell in read.to_numpy().ravel():
        assert not re.fullmatch(r"[-+]?\d+\.\d+ \[.*\]", str(cell)), cell
    assert not re.search(r"\d \[", text)


def test_a_notebook_shows_the_conclusion_first_and_the_next_command_last(found):
    html = found._repr_html_()
    assert html.startswith("<p><b>b is worse than a")
    assert html.rstrip("</p>").endswith(found.next_step.rstrip("</p>")[-20:])
    assert "rgba(213, 94, 0, 0.3); font-weight: bold;" in re.search(r"<td[^>]*>worse", html)[0]
    # One interval for each model with scores, beside the score.
    assert 2 == html.count("<svg")
    assert re.search(r">0.9150 \[[^<]*</td><td [^>]*><svg", html)
    assert 3 + 1 == html.count("<tr>")


def test_an_interval_is_drawn_on_the_axis_of_its_column(found):
    lines = re.findall(r'<line x1="([\d.]+)" x2="([\d.]+)"', found._repr_html_())
    ends = np.array(lines, float)
    low, high = found.table["low"][:2], found.table["high"][:2]
    scale = (ends[:, 1] - ends[:, 0]) / (high - low)
    assert scale[0] == pytest.approx(scale[1], rel=0.1)
    assert ends[0, 0] > ends[1, 1]


def test_a_representation_is_small(found):
    many = scored({f"m{n}": [0.5, 0.6, 0.7, 0.8] for n in range(20)}, Design(2, 2))
    assert len(repr(found)) < 2_000
    assert len(repr(many)) < 8_000
