"""Results on disk: read, compared and made into pages; faults are named, the rest is shown."""

from __future__ import annotations

import json
import re

import pytest

from builders.bench import inference, training
from builders.commands import run_command
from builders.pages import complete_text
from evenfold.bench.comparison import comparison, numbers
from evenfold.bench.results import read_results
from evenfold.errors import ResultsError
from evenfold.render.tables import write
from evenfold.report.pages import drifted, pages
from evenfold.report.report_data import ReportData


def entries(slower=1.0, **changed):
    told = [training(**{"epochs": 50, **changed})]
    model = changed.get("model", "net")
    told += [inference("predict", n, n**0.5 * 0.04 * slower, model) for n in (1, 1024)]
    for entry in told:
        entry["extra_info"].update({"fingerprint": "abc", "split": "holdout"})
    told[0]["stats"] = {key: value * slower for key, value in told[0]["stats"].items()}
    return told


@pytest.fixture
def save(tmp_path):
    """Writes one environment's results, and returns their folder."""

    def write_files(name="tf2.21", machine="abacus", benchmarks=None, schema=1):
        folder = tmp_path / "results" / machine / name
        folder.mkdir(parents=True, exist_ok=True)
        told = {"schema": 1, "name": name, "machine": machine, "processor": "Beads", "cores": 2}
        told |= {"python": "3.13.0", "versions": {"numpy": "2.5.5"}, "revision": "abc"}
        (folder / "environment.json").write_text(json.dumps(told))
        bench = {"evenfold": {"schema": schema}, "benchmarks": benchmarks or entries()}
        (folder / "bench.json").write_text(json.dumps(bench))
        return folder

    return write_files


@pytest.fixture
def three(save, tmp_path):
    for name, slower in (("tf2.12", 2.0), ("tf2.8", 1.0), ("tf2.21", 4.0)):
        save(name, benchmarks=entries(slower))
    return tmp_path / "results"


def test_versions_are_in_natural_order(three):
    assert ["tf2.8", "tf2.12", "tf2.21"] == [r.label for r in read_results([three]).results]


def test_the_first_named_is_the_reference(three):
    paths = [three / "abacus" / name for name in ("tf2.21", "tf2.8")]
    assert [1.0, 0.25] == numbers(read_results(paths).results).query("figure == 'fit s'")[
        "ratio"
    ].tolist()


def test_ratios_are_medians_over_those_of_the_first(three):
    table = comparison(read_results([three]).results)
    for column in ("× fit", "× one-row"):
        assert ["1.00", "2.00", "4.00"] == table[column].tolist()
    assert ["1.00", "0.50", "0.25"] == table["× rows/s"].tolist()
    # Scores have no ratio.
    assert "0.9600 [0.9500, 0.9700]" == table["accuracy"][0]


def test_numbers_say_what_the_table_says(three):
    told = numbers(read_results([three]).results)
    fit = told[(told["environment"] == "tf2.12") & (told["figure"] == "fit s")].iloc[0]
    assert pytest.approx((10.864, 10.2, 13.578, 2.0)) == tuple(
        fit[["median", "low", "high", "ratio"]]
    )


def test_fits_of_other_lengths_have_no_ratio(save, tmp_path):
    save("tf2.8")
    save("tf2.12", benchmarks=entries(epochs=5))
    assert "–" == comparison(read_results([tmp_path]).results)["× fit"][1]


def test_a_model_that_one_environment_lacks_has_no_ratio(save, tmp_path):
    save("tf2.8", benchmarks=entries(model="old"))
    save("tf2.12", benchmarks=entries(model="new"))
    table = comparison(read_results([tmp_path]).results)
    assert {("new", "tf2.12", "–"), ("old", "tf2.8", "1.00")} == set(
        table[["model", "environment", "× fit"]].itertuples(index=False, name=None)
    )


def test_one_environment_on_two_machines_is_told_apart(save, tmp_path):
    save(machine="abacus")
    save(machine="sliderule")
    labels = [result.label for result in read_results([tmp_path]).results]
    assert ["abacus/tf2.21", "sliderule/tf2.21"] == labels


def other_rows():
    told = entries()
    for entry in told:
        entry["extra_info"]["fingerprint"] = "other"
    return told


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "bench.json").write_text('{"evenf'), "bench.json is truncated or not JSON"),
        (lambda f: (f / "bench.json").write_bytes(b"\x80\x04}"), "bench.json is truncated or not"),
        (lambda f: (f / "bench.json").write_text("[]"), "is not a bench.json of evenfold"),
        (lambda f: (f / "bench.json").write_text("{}"), "is not a bench.json of evenfold"),
        (
            lambda f: (f / "bench.json").write_text('{"evenfold":{"schema":99},"benchmarks":[]}'),
            "has schema 99, this evenfold knows up to 1",
        ),
        (
            lambda f: (f / "bench.json").write_text('{"evenfold":{"schema":1},"benchmarks":[]}'),
            "holds no training and no inference",
        ),
        (
            lambda f: (f / "bench.json").write_text('{"evenfold":{"schema":1},"benchmarks":[3]}'),
            "an entry is not evenfold's",
        ),
        (
            lambda f: (f / "bench.json").write_text(
                (f / "bench.json").read_text().replace('"accuracy"', '"acuracy"')
            ),
            "an entry is not evenfold's: extra_info",
        ),
        (
            lambda f: (f / "bench.json").write_text(
                (f / "bench.json").read_text().replace("0.95", '"good"')
            ),
            "an entry is not evenfold's: extra_info",
        ),
        (
            lambda f: (f / "bench.json").write_text(
                (f / "bench.json").read_text().replace("5.432", "-1")
            ),
            "an entry is not evenfold's: stats.median: expected seconds above 0",
        ),
        (
            lambda f: (f / "environment.json").write_text(
                '{"schema": 1, "name": "x", "machine": "../../x"}'
            ),
            "'../../x' is not a machine's name",
        ),
        (lambda f: (f / "environment.json").unlink(), "environment.json cannot be read"),
        (lambda f: (f / "environment.json").write_text("{}"), "is not an environment.json"),
        (
            lambda f: (f / "environment.json").write_text('{"schema": 99, "name": "x"}'),
            "environment.json has schema 99",
        ),
    ],
)
def test_a_file_that_is_not_a_result_is_named_and_the_rest_is_read(save, tmp_path, spoil, message):
    save("tf2.8")
    bad = save("tf2.12")
    spoil(bad)
    found = read_results([tmp_path])
    assert ["tf2.8"] == [result.label for result in found.results]
    (problem,) = found.problems
    assert str(bad) in problem
    assert message in problem


def test_results_of_other_rows_are_left_out(save, tmp_path):
    save("tf2.8")
    save("tf2.12", benchmarks=other_rows())
    found = read_results([tmp_path])
    assert 1 == len(found.results)
    assert re.search(r"tf2\.12.* is of other rows than .*tf2\.8", found.problems[0])


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(ResultsError, match=r"no bench.json here, no scores and no races: run pyt"):
        read_results([tmp_path])
    with pytest.raises(ResultsError, match=r"nowhere: there is no such file or folder; the near"):
        read_results([tmp_path / "nowhere"])


def test_a_name_out_of_a_file_is_no_column_and_no_html(save, tmp_path):
    save(benchmarks=entries(model="a|b<script>"))
    text = write(comparison(read_results([tmp_path]).results), "markdown")
    assert r"a\|b&lt;script>" in text


# Pages


@pytest.fixture
def made(three, tmp_path):
    (tmp_path / "README.md").write_text(
        "Hello\n<!-- evenfold abacus/tf2.12 -->\nstale\n<!-- /evenfold -->\nBye\n"
    )
    results = read_results([three]).results
    for page in drifted(pages(ReportData(results, (), ()), three)):
        page.write()
    return three, results


def test_pages_show_scores_beside_times_for_every_version(made):
    base, _ = made
    text = complete_text(base)
    for name in ("tf2.8", "tf2.12", "tf2.21"):
        assert re.search(rf"\| {name} .*0\.9600 \[0\.9500, 0\.9700\].*\[.*\].* \|", text)
    assert "Sequential measurements, without verdicts" in text


def test_the_readme_shows_the_table_that_it_names(made, tmp_path):
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("Hello\n")
    assert text.endswith("Bye\n")
    assert "stale" not in text
    assert "| net " in text
    assert "10.9 [10.2, 13.6]" in text


def test_what_was_just_made_is_current(made):
    base, results = made
    assert [] == drifted(pages(ReportData(results, (), ()), base))


@pytest.mark.parametrize("file", ["README.md", "../README.md", "figures/abacus.svg"])
def test_a_changed_digit_is_drift(made, save, file):
    base, results = made
    path = base / file
    if path.suffix == ".svg":
        save("tf2.8", benchmarks=entries(1.001))  # a drawing is held against its data
        results = read_results([base]).results
    else:
        before = path.read_text()
        path.write_text(before.replace("0.9600", "0.9601", 1))
        assert before != path.read_text()
    assert path.resolve() in [
        page.path.resolve() for page in drifted(pages(ReportData(results, (), ()), base))
    ]


def test_a_readme_that_names_no_result_is_told(three, tmp_path):
    (tmp_path / "README.md").write_text("<!-- evenfold moon/tf9 -->\n<!-- /evenfold -->\n")
    with pytest.raises(ResultsError, match="shows moon/tf9: there is no such result"):
        list(pages(ReportData(read_results([three]).results, (), ()), three))


# The commands


@pytest.mark.parametrize("style", ["table", "markdown", "csv", "json"])
def test_compare_in_every_format(three, style):
    done = run_command("compare", three, "--format", style)
    assert 0 == done.returncode, done.stderr
    assert "tf2.12" in done.stdout
    if style == "json":
        assert 3 * 7 == len(json.loads(done.stdout))
    assert ("without verdicts" in done.stdout) == (style in ("table", "markdown"))


def test_compare_names_a_broken_file_shows_the_rest_and_exits_3(three):
    (three / "abacus" / "tf2.12" / "bench.json").write_text("{")
    done = run_command("compare", three)
    assert 3 == done.returncode
    assert "tf2.12/bench.json is truncated or not JSON" in done.stderr.replace("\\", "/")
    assert "tf2.21" in done.stdout


def test_compare_of_nothing_exits_2(tmp_path):
    done = run_command("compare", tmp_path)
    assert 2 == done.returncode
    assert "no bench.json here" in done.stderr
    assert "" == done.stdout


def test_report_check_fails_on_drift_and_writes_nothing(made, tmp_path):
    base, _ = made
    current = run_command("report", "--results", base, "--check")
    assert 0 == current.returncode, current.stderr
    written = (base / "README.md").read_text()
    text = written.replace("0.9600", "0.9601", 1)
    assert text != written
    (base / "README.md").write_text(text)
    found = run_command("report", "--results", base, "--check")
    assert 1 == found.returncode
    assert "README.md differs from the results: run evenfold report" in found.stderr
    assert text == (base / "README.md").read_text()
