"""README's blocks of a short table and of a template, and the figure of two protocols."""

from __future__ import annotations

import re
import shutil

import pytest

from builders import ROOT
from evenfold.bench.measurements import measurements
from evenfold.errors import ResultsError
from evenfold.report.blocks import filled
from evenfold.report.gallery import protocols_of
from evenfold.report.reading import read_report_data

PLACE = "epyc-2c/tf2.21"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """One environment's bench run and its studies of one dataset: on a split, and on folds."""
    folder = tmp_path_factory.mktemp("overview") / "results"
    others = shutil.ignore_patterns("basic_motions.*", "digits.*", "wine.*", "*.kfold10x1.*")
    shutil.copytree(ROOT / "results" / PLACE, folder / PLACE, ignore=others)
    return folder


@pytest.fixture(scope="module")
def report_data(base):
    return read_report_data(base)[0]


@pytest.fixture
def fill(base, report_data):
    def block(names):
        text = f"<!-- evenfold {names} -->\nold\n<!-- /evenfold -->"
        return filled(text, report_data, base.parent / "README.md", base)

    return block


def test_the_overview_has_the_scores_of_the_study_and_the_times_of_the_bench_run(fill, report_data):
    text = fill(f"overview {PLACE} breast_cancer")
    (study,) = (s for s in report_data.studies if s.design.folds > 1)
    rows = dict(re.findall(r"^\| (\S+) +\| +(.+?) \|$", text, re.M))
    assert set(study.model_scores.present) < set(rows)
    for model in study.model_scores.present:
        score, verdict, *times = (cell.strip() for cell in rows[model].split("|"))
        interval = study.model_scores.interval(model, "accuracy")
        assert f"{interval.estimate:.3f} [{interval.low:.3f}, {interval.high:.3f}]" == score
        assert 2 == len(times)
        compared = study.model_scores.compare_with_reference("accuracy", None)
        assert verdict == (compared[model].verdict if model in compared else "–")
    (bench,) = report_data.results
    seconds = measurements(bench.benchmarks)["svm_rbf", "cpu"]["fit s"].middle
    assert f"{seconds * 1e3:.1f} ms" == rows["svm_rbf"].split("|")[2].strip()
    assert ["–", "–"] == [cell.strip() for cell in rows["conv1d[epochs=100]"].split("|")][2:]
    assert "\nold\n" not in text
    assert max(map(len, text.splitlines()[-4:])) <= 100


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ("overview epyc-2c/tf2.21", "an overview is named by"),
        ("overview epyc-2c/tf2.21 moon", "no such study"),
        ("overview epyc-2c/tf9 breast_cancer", "no such study"),
        ("words", "no such template"),
        ("words moon.md.j2", "no such template"),
        ("words ../outside.md.j2", "no such template"),
    ],
)
def test_a_block_that_names_nothing_is_refused(fill, base, names, problem):
    (base.parent / "outside.md.j2").write_text("secret")
    with pytest.raises(ResultsError, match=rf"README.md shows {names}: .*{problem}"):
        fill(names)


def test_a_template_is_filled_with_the_digits_that_it_wants(fill, base, report_data):
    folds = '"tf2.21/breast_cancer/kfold10x10"'
    score, spread = f'score({folds}, "conv1d", digits=2)', f'spread({folds}, "conv1d", digits=1)'
    (base / "own.md.j2").write_text(f"{{{{ {score} }}}} {{{{ {spread} }}}}")
    study = next(s for s in report_data.studies if s.design.folds > 1)
    interval = study.model_scores.interval("conv1d", "accuracy")
    score = f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
    assert f"{score} 0.9 to 1.0" in fill("words own.md.j2")


def test_seeds_on_one_split_stand_beside_folds_with_both_intervals(report_data):
    folds = next(s for s in report_data.studies if s.design.folds > 1)
    split = next(s for s in report_data.studies if s.design.folds == 1)
    (figure,) = protocols_of(folds, report_data)
    assert [] == list(protocols_of(split, report_data))
    fits = figure.table[figure.table["model"] == "conv1d"]
    assert {"30 seeds on one split": 30, "10 folds, 10 times": 100} == (
        fits["study"].value_counts().to_dict()
    )
    for study, label in ((split, "30 seeds on one split"), (folds, "10 folds, 10 times")):
        interval = study.model_scores.interval("conv1d", "accuracy")
        ends = fits.loc[fits["study"] == label, ["low", "high"]].drop_duplicates()
        assert [[interval.low, interval.high]] == ends.to_numpy().tolist()
    ends = figure.spec["layer"][-1]["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert ends[0] < fits["low"].min() < fits["high"].max() < ends[1]
