"""``evenfold score --plan``: which difference a study will detect, before it runs."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack

import pytest

from builders.commands import run_command
from evenfold.score.detectable import detectable_change
from evenfold.score.options import ScoreOptions
from evenfold.score.request import open_request
from evenfold.score.run import open_workers, plan_study, run_study

MODELS = ("logistic_regression", "hist_gradient_boosting", "majority")
STUDY = ("score", *MODELS, "--folds", "3", "--repeats", "2", "--results", "results")
DETECTABLE = re.compile(r"^(\w+) against logistic_regression: .* about ([\d.]+) of accuracy", re.M)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("plan")


@pytest.fixture(scope="module")
def before(folder):
    """The plan of a study without finished fits."""
    return run_command(*STUDY, "--plan", cwd=folder)


@pytest.fixture(scope="module")
def study(folder, before):
    done = run_command(*STUDY, "--format", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return {row["model"]: row for row in json.loads(done.stdout)}


def test_without_finished_fits_a_typical_disagreement_is_stated(before):
    assert before.returncode == 0, before.stderr
    assert "if a contender and the reference disagree on 5 % of the rows" in before.stdout
    assert re.search(r"to detect a difference of 0.02 .* about [\d,]+ rows like these 569",
                     before.stdout)  # fmt: skip
    assert (
        "or to rule out that one of equal score differs by more than 0.01, about" in before.stdout
    )


def test_finished_fits_give_the_detectable_difference_of_the_study(folder, study):
    plan = run_command(*STUDY, "--plan", cwd=folder)
    found = dict(DETECTABLE.findall(plan.stdout))
    assert set(found) == {"hist_gradient_boosting", "majority"}
    for model, difference in found.items():
        assert float(difference) == pytest.approx(study[model]["detectable"], abs=1e-4)


def test_the_method_of_intervals_is_that_of_the_study(folder, study):
    """A plan with Nadeau and Bengio's intervals has the detectable differences of such a study."""
    of_fits = (*STUDY, "--interval", "nadeau-bengio")
    done = run_command(*of_fits, "--format", "json", cwd=folder)
    expected = {row["model"]: row["detectable"] for row in json.loads(done.stdout)}
    found = dict(DETECTABLE.findall(run_command(*of_fits, "--plan", cwd=folder).stdout))
    assert set(found) == {"hist_gradient_boosting", "majority"}
    for model, difference in found.items():
        assert float(difference) == pytest.approx(expected[model], abs=1e-4)
        assert expected[model] != pytest.approx(study[model]["detectable"], abs=1e-4)


@pytest.mark.parametrize(
    "options", [("--metric", "log_loss"), ("--interval", "nadeau-bengio")], ids=["metric", "method"]
)
def test_what_cannot_be_derived_without_fits_is_stated(tmp_path, options):
    done = run_command("score", *MODELS[:2], *options, "--plan", "--detect", "0.5", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (
        "no finished fits of hist_gradient_boosting to derive the rows that a difference of 0.5 "
        "needs from: run a short study first"
    ) in done.stdout


def test_one_model_has_no_difference_to_detect(tmp_path):
    done = run_command("score", MODELS[0], "--plan", "--detect", "0.5", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is one model: name another" in done.stderr
    assert run_command("score", MODELS[0], "--plan", cwd=tmp_path).returncode == 0


def test_a_larger_difference_needs_fewer_rows(folder, study):
    def rows(difference):
        plan = run_command(*STUDY, "--plan", "--detect", difference, cwd=folder)
        return int(re.search(r"about ([\d,]+) rows", plan.stdout)[1].replace(",", ""))

    assert rows("0.02") > rows("0.03") > 569
    assert "569 rows are enough" in run_command(
        *STUDY, "--plan", "--detect", "0.5", cwd=folder
    ).stdout  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--detect", "0.05"), "--detect cannot apply: it is about --plan"),
        (("--plan", "--detect", "0.01"), "--detect 0.01 is not above the margin of 0.01"),
    ],
)
def test_what_cannot_apply_is_refused(folder, arguments, message):
    done = run_command(*STUDY, *arguments, cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr


LOGISTIC = """
from evenfold import Model

def build(task):
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(C={c})

MODEL = Model(build)
"""


def test_an_upgrade_plans_with_its_method_of_intervals(tmp_path):
    """Two files of one name stand for one model before and after; the store has both."""
    changes = {}
    for method in ("rows", "nadeau-bengio"):
        with ExitStack() as stack:
            plans = []
            for name, c in (("before", 1.0), ("after", 0.0001)):
                folder = tmp_path / name
                folder.mkdir(exist_ok=True)
                (folder / "mine.py").write_text(LOGISTIC.format(c=c))
                options = ScoreOptions(
                    models=("mine",), folders=(folder,), folds=3, repeats=2, interval=method,
                    results=tmp_path / "results", store=tmp_path / "fits.sqlite", jobs=1,
                )  # fmt: skip
                request = open_request(options, tmp_path, lambda _: None)
                plans.append(plan_study(request, stack.enter_context(open_workers(request))))
                run_study(plans[-1], lambda state: None)
            changes[method] = detectable_change(plans, "accuracy", None)
    found = {m: re.search(r"at most ([\d.]+) of accuracy", text)[1] for m, text in changes.items()}
    assert found["rows"] != found["nadeau-bengio"]
