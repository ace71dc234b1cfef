"""``evenfold report``: every page written, what cannot be read told, and the rest shown."""

from __future__ import annotations

import csv
import re
import shutil

import pytest

from builders import ROOT
from builders.upgrades import result as upgrade_result
from evenfold.cli.report import write_report
from evenfold.errors import ResultsError
from evenfold.render.charts import DIGEST
from evenfold.report.options import ReportOptions
from evenfold.report.parts import Table
from evenfold.report.reading import read_report_data
from evenfold.report.sections import complete_sections
from evenfold.report.summary import summary_sections
from evenfold.score.battery_tables import BATTERY_HEADING
from evenfold.upgrade.files import save_upgrade


@pytest.fixture
def results(tmp_path, monkeypatch):
    """One environment's bench run, and its studies of one dataset on two protocols."""
    monkeypatch.chdir(tmp_path)
    base = tmp_path / "results"
    others = shutil.ignore_patterns("basic_motions.*", "digits.*", "wine.*", "*.kfold10x1.*")
    here = "epyc-2c/tf2.21"
    shutil.copytree(ROOT / "results" / here, base / here, ignore=others)
    return base


def told(base, check=False):
    lines = []
    return write_report(
        lambda text: None, lambda more: lines.extend(more), ReportOptions(base, check, "csv")
    ), lines


def test_all_pages_are_written_once_and_then_are_current(results):
    code, lines = told(results)
    assert 0 == code
    assert len(lines) == 2 + len(list((results / "figures").glob("*.svg"))) > 2
    for name in ("README.md", "report.html", "figures/epyc-2c-tf2.21-breast_cancer-scores.svg"):
        assert (results / name).is_file()
    assert (0, []) == told(results)
    assert_current(results)


def assert_current(results):
    code, (line,) = told(results, check=True)
    assert 0 == code
    assert re.fullmatch(
        rf"all \d+ files made from {re.escape(str(results))} agree with the results", line
    )


def cells_of(sections):
    return [
        str(cell)
        for section in sections
        for part in section.flat_parts
        if isinstance(part, Table)
        for cell in part.frame.to_numpy().ravel()
    ]


def test_the_page_has_every_number_and_the_readme_those_of_the_short_page(results):
    told(results)
    page = (results / "report.html").read_text()
    readme = (results / "README.md").read_text()
    report_data, _ = read_report_data(results)
    cells = cells_of(complete_sections(report_data, results))
    short = cells_of(summary_sections(report_data, results))
    assert len(cells) > len(short) > 100
    for cell in cells:
        assert cell in page
    for cell in short:
        assert cell in readme


def test_a_page_that_was_never_made_is_no_drift_and_one_that_is_old_is(results):
    told(results)
    (results / "report.html").unlink()
    assert_current(results)
    (results / "report.html").write_text("<!-- data " + "0" * 64 + " -->")
    code, lines = told(results, check=True)
    assert 1 == code
    assert ["report.html differs from the results: run evenfold report"] == [
        line.rpartition("/")[2] for line in lines
    ]


@pytest.mark.parametrize("name", ["predictions", "history"])
def test_predictions_that_cannot_be_read_are_told_and_the_rest_is_shown(results, name):
    (results / "epyc-2c" / "tf2.21" / "scores" / f"breast_cancer.{name}.npz").write_bytes(b"PK")
    code, lines = told(results)
    assert 3 == code
    assert f"breast_cancer.{name}.npz is truncated" in lines[0]
    figures = {file.name for file in (results / "figures").iterdir()}
    assert "epyc-2c-tf2.21-breast_cancer-scores.svg" in figures
    titles = re.findall("<strong>(.*?)</strong>", (results / "report.html").read_text())
    assert "breast_cancer, holdout, tf2.21: ROC" in titles
    assert ("breast_cancer, kfold10x10, tf2.21: ROC" in titles) == (name == "history")


def test_a_folder_that_cannot_be_written_is_told(results):
    (results / "figures").write_text("in the way")
    with pytest.raises(ResultsError, match=r"figures.* cannot be written"):
        told(results)


SCORES = "results/figures/epyc-2c-tf2.21-breast_cancer-scores.png"


def test_a_readme_has_its_pictures_as_png_and_they_drift_with_their_data(results):
    """By the data in them, not by pixels."""
    (results.parent / "README.md").write_text(f"![scores]({SCORES})\n")
    assert 0 == told(results)[0]
    file = results.parent / SCORES
    drawn = file.read_bytes()
    assert drawn.startswith(b"\x89PNG")
    assert [SCORES] == [str(f.relative_to(results.parent)) for f in results.rglob("*.png")]
    assert_current(results)
    digest = DIGEST.search((results.parent / SCORES.replace("png", "svg")).read_bytes())
    assert digest.group() in drawn
    file.write_bytes(drawn.replace(digest.group(), b"data " + b"0" * 64))
    code, lines = told(results, check=True)
    assert 1 == code
    assert [f"{file} differs from the results: run evenfold report"] == lines


def test_a_readme_that_shows_no_figure_of_ours_is_told(results):
    (results.parent / "README.md").write_text(f"![x]({SCORES.replace('tf2.21', 'tf9')})\n")
    with pytest.raises(
        ResultsError, match=r"README.md shows results/figures/.*tf9.*no such figure"
    ):
        told(results)


def test_what_was_read_is_told_as_a_table(results):
    said = []
    assert 0 == write_report(said.append, lambda lines: None, ReportOptions(results, format="csv"))
    rows = list(csv.DictReader(said[0].splitlines()))
    assert [
        ("bench", 7, "–"),
        ("scores, breast_cancer, kfold10x10", 8, "800 fits"),
        ("scores, breast_cancer, holdout", 7, "210 fits"),
    ] == [(row["result"], int(row["models"]), row["of"]) for row in rows]
    assert {("epyc-2c", "tf2.21")} == {(row["machine"], row["environment"]) for row in rows}


def test_a_check_says_no_table(results):
    said = []
    write_report(said.append, lambda lines: None, ReportOptions(results, check=True, format="csv"))
    assert not said


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_figure_that_was_cut_off_is_drift(results, ending):
    (results.parent / "README.md").write_text(f"![scores]({SCORES})\n")
    told(results)
    file = (results.parent / SCORES).with_suffix(f".{ending}")
    file.write_bytes(file.read_bytes()[:-40])
    assert 1 == told(results, check=True)[0]


def test_a_figure_of_nothing_any_more_is_told_and_fails_the_check(results):
    told(results)
    old = results / "figures" / "gone-scores.svg"
    old.write_text("<svg></svg><!-- data " + "0" * 64 + " -->")
    (results / "figures" / "mine.png").write_bytes(b"PNG of my own")
    code, lines = told(results, check=True)
    assert 1 == code
    assert [f"{old} belongs to no result that can be read: delete it"] == lines
    assert old.exists()


def test_a_readme_that_is_not_utf_8_is_told(results):
    (results.parent / "README.md").write_bytes(b"caf\xe9")
    with pytest.raises(ResultsError, match=r"README.md is not UTF-8 at byte 3"):
        told(results)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ResultsError, match="nowhere: there is no such file or folder; give a fol"):
        told(tmp_path / "nowhere")


def test_every_environment_is_listed_with_its_hardware(tmp_path):
    shown, _ = read_report_data(ROOT / "results")
    (table,) = [
        section.parts[0].frame
        for section in complete_sections(shown, tmp_path)
        if section.title == "Hardware, packages and flags"
    ]
    raced = {r.environment["name"] for race in shown.races for r in race.contenders}
    assert raced | {study.environment["name"] for study in shown.studies} <= set(
        table["environment"]
    )
    told = [dict(runner.environment) for race in shown.races for runner in race.contenders]
    told += [study.environment for study in shown.studies]
    flags = {(t["name"], ", ".join(f"{k}={v}" for k, v in t["flags"].items()) or "–") for t in told}
    assert flags <= set(zip(table["environment"], table["flags"], strict=True))
    columns = ("machine", "environment", "packages", "flags")
    names = zip(*(table[name] for name in columns), strict=True)
    assert len(table) == len(set(names))
    found = [name for name in table["environment"] if re.fullmatch(r"tf\d\.\d+", name)]
    versions = list(dict.fromkeys(found))
    assert versions[0] == "tf2.3"
    assert versions.index("tf2.8") < versions.index("tf2.12")
    assert all("2 cores" in what for what in table["hardware"])


def test_the_errors_of_score_intervals_begin_with_what_reaches_its_target(results):
    record = "experiments/score_errors.json"
    (results / record).parent.mkdir()
    shutil.copy(ROOT / "results" / record, results / record)
    report_data, _ = read_report_data(results)
    sections = complete_sections(report_data, results)
    (section,) = [one for one in sections if one.title == BATTERY_HEADING]
    assert section.lead.startswith("Coverage and verdicts reach their targets in ")
    assert isinstance(section.parts[0], Table)


def test_an_upgrade_alone_is_a_report_and_an_empty_folder_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = tmp_path / "results"
    base.mkdir()
    with pytest.raises(ResultsError, match=r"no bench\.json here, no scores and no races"):
        read_report_data(base)
    save_upgrade(upgrade_result(), base)
    assert told(base)[0] == 0
    assert "Only net in new is shown to be worse" in (base / "README.md").read_text("utf-8")
