"""The bench table: what is drawn equals the numbers."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from builders.bench import inference, training
from evenfold.bench.path_tables import path_tables
from evenfold.bench.record import read_benchmarks
from evenfold.bench.tables import bench_table
from evenfold.render.cells import NONE
from evenfold.render.tables import write


def table_of(entries):
    return bench_table(read_benchmarks(entries))


def converted(path, rows, seconds, **more):
    """As a run tells of a path since it tells of its conversion."""
    entry = inference(path, rows, seconds)
    entry["extra_info"].update(
        exact=True, conversion_seconds=1.5, size_bytes=None, peak_bytes=None,
        largest_difference=2e-7, first_seconds=0.25, **more,
    )  # fmt: skip
    return entry


def test_paths_are_a_row_each_with_what_was_measured_of_them():
    percentiles = {"50": 0.001, "90": 0.002, "99": 0.0035}
    scores = {"accuracy": 0.95, "log_loss": 0.11}
    int8 = [converted("litert_int8", 1, 0.001, percentiles=percentiles),
            converted("litert_int8", 1024, 0.128),
            converted("litert_int8", 114, 0.01, scores=scores,
                      scores_of_predict={"accuracy": 0.96, "log_loss": 0.1})]  # fmt: skip
    for entry in int8:
        entry["extra_info"].update(exact=False, size_bytes=12_345, largest_difference=0.0123)
    large = converted("call", 65536, 2.0)
    large["extra_info"]["peak_bytes"] = 250_000_000
    agrees = converted("call", 114, 0.01, scores=scores, scores_of_predict=scores)
    tables = path_tables(
        read_benchmarks([training(), *int8, large, agrees, inference("predict", 1, 0.04)])
    )
    assert ["net"] == list(tables)
    table = tables["net"].set_index("path")
    assert ["litert_int8", "call"] == list(table.index), "an older run's path has no row"
    expected = {
        "conversion s": "1.50", "file kB": "12.3", "first call ms": "250",
        "one row ms, 50 %": "1.00",
        "one row ms, 90 %": "2.00", "one row ms, 99 %": "3.50",
        "rows/s at 1,024": "8,000 [4,000, 16,000]", "rows/s at 65,536": "–", "peak MB": "–",
        "differs by": "0.01", "Δ accuracy": "-0.0100", "Δ log loss": "+0.0100",
    }  # fmt: skip
    assert expected == dict(table.loc["litert_int8"])
    call = table.loc["call"]
    assert ("–", "250", "2e-07", "–") == (
        call["file kB"], call["peak MB"], call["differs by"], call["Δ accuracy"],
    )  # fmt: skip


def test_the_fastest_path_is_one_that_agrees():
    quick = inference("litert_int8", 1, 0.0001)
    quick["extra_info"]["exact"] = False
    table = table_of([inference("function", 1, 0.0004), quick])
    assert table["one-row ms"][0].endswith(" function")


def test_a_row_says_every_figure_with_its_interval():
    entries = [
        training(),
        inference("predict", 1, 0.04),
        inference("function", 1, 0.0004),
        inference("predict", 1024, 0.064),
        inference("function", 1024, 0.128),
    ]
    expected = [
        "net",
        "0.9600 [0.9500, 0.9700]",
        "0.1100 [0.1000, 0.1200]",
        "119,457",
        "5.43 [5.10, 6.79]",
        "30.0 [29.0, 31.0]",
        "0.400 [0.200, 0.800] function",
        "16,000 [8,000, 32,000] predict",
    ]
    assert [expected] == table_of(entries).to_numpy().tolist()


def test_what_was_not_measured_is_a_dash():
    row = table_of([training(parameters=None, steady_epoch_seconds=[None] * 3)]).iloc[0]
    assert [NONE] * 4 == [row[c] for c in ("parameters", "epoch ms", "one-row ms", "rows/s")]


def test_one_round_has_no_range():
    row = table_of([training(accuracy=[0.9], log_loss=[0.1])]).iloc[0]
    assert f"0.9000 [{NONE}]" == row["accuracy"]


def test_devices_are_told_apart_where_there_are_several():
    table = table_of([training(), training(device="gpu")])
    assert ["net (cpu)", "net (gpu)"] == list(table["model"])


def test_a_benchmark_of_another_kind_has_no_row():
    assert table_of([{"extra_info": {"kind": "startup"}, "stats": {}}]).empty


@pytest.mark.parametrize("style", ["table", "markdown", "csv", "json"])
def test_every_format_says_the_same(style, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = write(table_of([training(model="a|b")]), style)
    assert "0.9600 [0.9500, 0.9700]" in text
    if style == "json":
        assert "a|b" == json.loads(text)[0]["model"]


def test_a_name_in_a_header_is_no_column_and_no_html():
    """As in a matrix of models."""
    text = write(pd.DataFrame([["1", "2"]], columns=["a|b", "<script>"]), "markdown")
    assert "a\\|b" in text
    assert "<script" not in text
