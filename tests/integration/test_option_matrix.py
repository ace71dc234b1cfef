"""Every option of a command changes what it does, or is refused with a sentence."""

from __future__ import annotations

import sys

import click
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.commands import run_command
from builders.models import ESTIMATOR
from evenfold.bench.benchmark_options import check_benchmark_options, quieten
from evenfold.bench.options import BenchOptions
from evenfold.cli.score import score_command
from evenfold.errors import EvenfoldError, UsageError
from evenfold.plugins.metrics import find_metric
from evenfold.race.options import RaceOptions, SelfcheckOptions
from evenfold.race.request import race_request
from evenfold.report.compare_options import CompareOptions
from evenfold.score.compare_models import score_models
from evenfold.score.options import ScoreOptions
from evenfold.score.request import open_request
from evenfold.score.score_datasets import score_datasets
from evenfold.stats.metric_names import margin_of
from evenfold.upgrade.options import UpgradeOptions
from strategies import PROPERTY

# Options about the output alone, which the tests of each command cover.
OUTPUT = {"style", "plan_only", "detect"}
METRIC = """
from evenfold import Metric

def function(y, probabilities, positive):
    return (probabilities.argmax(axis=1) == y).mean()

METRIC = Metric(function, rope=0.3)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Folders of plug-ins, a table with two columns of labels, and an environment."""
    folder = tmp_path_factory.mktemp("project")
    for kind in ("models", "metrics", "datasets"):
        (folder / kind).mkdir()
    (folder / "models" / "majority.py").write_text(ESTIMATOR)
    (folder / "metrics" / "mine.py").write_text(METRIC)
    (folder / "datasets" / "own.py").write_text(
        "from evenfold.data.datasets import built_in\nDATASET = lambda: built_in('wine')\n"
    )
    rng = np.random.default_rng(0)
    lines = ["a,b,place,kind,other"] + [
        f"{rng.normal():.3f},{rng.normal():.3f},{n % 20},{n % 2},{n % 3}" for n in range(60)
    ]
    lines[1] = lines[1].replace(lines[1].split(",")[0], "", 1)  # a missing cell
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return folder


def samples(project):
    """A value for each option of score that is not its default, as its arguments."""
    return {
        "models": ["logistic_regression"],
        "folders": ["--models", project / "models"],
        "dataset": ["--dataset", "wine"],
        "target": ["--target", "other"],
        "positive": ["--positive", "0"],
        "group": ["--group", "place"],
        "data": ["--data", project / "table.csv"],
        "datasets": ["--datasets", project / "datasets"],
        "drop": ["--drop", "b"],
        "categorical": ["--categorical", "other"],
        "ordinal": ["--ordinal", "other=2,1,0"],
        "missing": ["--missing", "refuse"],
        "preprocess": ["--preprocess", "none"],
        "sample_weight": ["--sample-weight", "place"],
        "sheet": ["--sheet", "Data"],
        "protocol": ["--protocol", "holdout"],
        "folds": ["--folds", "4"],
        "repeats": ["--repeats", "3"],
        "seeds": ["--seeds", "7"],
        "engine": ["--engine", "keras"],
        "metric": ["--metric", "log_loss"],
        "metrics": ["--metrics", project / "metrics"],
        "rope": ["--rope", "0.2"],
        "interval": ["--interval", "nadeau-bengio"],
        "fail_on": ["--fail-on", "worse"],
        "require": ["--require", "not-worse"],
        "seed": ["--seed", "5"],
        "env": ["--env", f"other={sys.executable}"],
        "scheduler": ["--scheduler", "tcp://localhost:1"],
        "jobs": ["--jobs", "1"],
        "timeout": ["--timeout", "9"],
        "results": ["--results", project / "results"],
        "store": ["--store", project / "x.sqlite"],
        "silence": ["--silence", "EF003"],
        "ungrouped": ["--no-ungrouped"],
        "time_to": ["--time-to", "accuracy=0.9"],
        "energy": ["--energy", "--engine", "keras", "--jobs", "1"],
    }


BASES = {
    "kfold": ("majority",),
    "holdout": ("majority", "--protocol", "holdout"),
    "two models": ("majority", "svm_rbf"),
    "cluster": ("majority", "--scheduler", "tcp://localhost:2"),
    "series": ("majority", "--dataset", "basic_motions"),
    "table": ("majority", "--dataset", "table.csv", "--target", "kind"),
    "groups": ("majority", "--dataset", "table.csv", "--target", "kind", "--group", "place"),
    "own dataset": ("majority", "--dataset", "own", "--datasets", "datasets"),
    "own metric": ("majority", "--metric", "mine", "--metrics", "metrics"),
    "no model": (),
}


IN_BASES = ("protocol", "datasets", "metrics", "group")


class Reached(Exception):
    """Raised instead of a study."""


def effect(arguments, project, monkeypatch):
    """What a command line would do; the error of one that is refused."""
    captured, several = [], []

    def capture(options, root, tell, progress):
        captured.append(options)
        raise Reached

    def capture_several(options, datasets, *rest):
        several.extend(datasets)
        capture(options, *rest)

    monkeypatch.chdir(project)
    monkeypatch.setattr(sys.modules[score_datasets.__module__], "score_datasets", capture_several)
    # By its name in sys.modules: evenfold.score is also the function.
    monkeypatch.setattr(sys.modules[score_models.__module__], "score_models", capture)
    try:
        context = score_command.make_context("score", [*map(str, arguments)])
        with context, pytest.raises(Reached):
            score_command.invoke(context)
        (options,) = captured
        metric = find_metric(options.metric, options.metrics, project)
        request = open_request(options, project, lambda notes: None)
    except (EvenfoldError, click.ClickException) as error:
        return str(error) or repr(error)
    return {
        "models": {name: (s.path, s.digest) if hasattr(s, "digest") else str(s)
                   for name, s in request.models.items()},
        "data": (request.dataset.name, request.dataset.fingerprint),
        "datasets": [one.dataset for one in several],
        "design": (options.design, options.protocol, options.engine, options.seed),
        "metric": (metric.name, margin_of(metric.name, options.rope)),
        "workers": (request.interpreter, options.scheduler, options.jobs, options.timeout),
        "files": (options.results, request.store_file),
        "interval": options.interval,
        "ungrouped": options.ungrouped,
        "silenced": request.silenced,
        "costs": (options.time_to, options.energy),
        "fail_on": (context.params["fail_on"], context.params["require"]),
    }  # fmt: skip


def test_every_option_of_score_has_a_sample(project):
    names = {parameter.name for parameter in score_command.params}
    assert names == set(samples(project)) | OUTPUT


@pytest.mark.parametrize("base", BASES)
def test_every_option_of_score_does_something_or_is_refused(base, project, monkeypatch):
    """With each protocol, kind of data, metric and place to run."""
    without = effect(BASES[base], project, monkeypatch)
    assert isinstance(without, dict), without
    for name, arguments in samples(project).items():
        if str(arguments[0]) in BASES[base] and name in IN_BASES:
            continue  # the base has it already
        found = effect([*BASES[base], *arguments], project, monkeypatch)
        assert found != without, f"{name} does nothing, and is not refused"


@pytest.mark.parametrize(
    ("base", "name", "message"),
    [
        ("holdout", "folds", "--folds cannot apply: a holdout is one split"),
        ("holdout", "repeats", "--repeats cannot apply"),
        ("kfold", "seeds", "--seeds cannot apply: the kfold protocol"),
        ("cluster", "jobs", "--jobs cannot apply: a cluster"),
        ("kfold", "metrics", "--metrics cannot apply: accuracy is a built-in metric"),
        ("holdout", "interval", "--interval nadeau-bengio is about overlapping folds"),
        ("kfold", "fail_on", "--fail-on compares models with the first one, and there is one"),
        ("kfold", "require", "--require compares models with the first one, and there is one"),
        ("no model", "folders", "--models cannot apply: without names of models"),
        ("kfold", "positive", "--positive does not go with breast_cancer"),
        ("kfold", "ungrouped", "--no-ungrouped cannot apply: breast_cancer has no groups"),
        ("own dataset", "group", "--group does not go with own"),
    ],
)
def test_an_option_that_cannot_apply_is_refused(base, name, message, project, monkeypatch):
    assert message in effect([*BASES[base], *samples(project)[name]], project, monkeypatch)


@PROPERTY
@given(st.data())
def test_no_combination_of_options_is_a_traceback(project, data):
    """A random command line of score is a study or one sentence."""
    values = samples(project)
    names = data.draw(st.lists(st.sampled_from(sorted(values)), unique=True, max_size=8))
    base = data.draw(st.sampled_from(sorted(BASES)))
    with pytest.MonkeyPatch.context() as patch:
        arguments = [part for name in names for part in values[name]]
        assert effect([*BASES[base], *arguments], project, patch)


BAD = {
    "seed": (-1, 2**32, 1.5, "x", True),
    "folds": (1, 0, "x", 2.5),
    "repeats": (0, "x"),
    "seeds": (0, "x"),
    "jobs": (0, "x"),
    "rope": (-0.1, "x", float("nan")),
    "timeout": (0, "x"),
    "threads": (0, 1.5),
    "rows": (0, "x"),
    "budget": (0, float("inf")),
    "margin": (-1, "x"),
    "minutes": (0, "x"),
}
TAKES = {
    ScoreOptions: ({}, ("seed", "folds", "repeats", "jobs", "rope", "timeout")),
    RaceOptions: ({}, ("seed", "threads", "rows", "budget", "margin", "timeout")),
    SelfcheckOptions: ({}, ("seed", "rows", "budget", "minutes")),
    UpgradeOptions: (
        {"before": "a", "after": "b"},
        ("seed", "folds", "repeats", "jobs", "rope", "timeout", "threads", "budget", "margin"),
    ),
    BenchOptions: ({}, ("seed",)),
    CompareOptions: ({}, ("rope",)),
}
CASES = [
    (options, {**base, name: value}, name)
    for options, (base, names) in TAKES.items()
    for name in names
    for value in BAD[name]
] + [(ScoreOptions, {"protocol": "holdout", "seeds": value}, "seeds") for value in BAD["seeds"]]


@pytest.mark.parametrize(("options", "values", "name"), CASES)
def test_a_value_out_of_range_is_refused_in_python_as_on_the_command_line(options, values, name):
    with pytest.raises(UsageError, match=f"^{name} is .*: give a"):
        options(**values)


@pytest.mark.parametrize(
    ("options", "values"),
    [(ScoreOptions, {}), (CompareOptions, {}), (UpgradeOptions, {"before": "a", "after": "b"})],
)
def test_an_unknown_interval_is_refused(options, values):
    with pytest.raises(UsageError, match="no interval 'bootstrap': use one of rows, nadeau-bengio"):
        options(**values, interval="bootstrap")


@pytest.mark.parametrize("seed", [0, 2**32 - 1, np.int64(7)])
def test_every_seed_in_range_is_taken(seed):
    assert seed == ScoreOptions(seed=seed).seed == RaceOptions(seed=seed).seed


def test_an_environment_that_no_contender_names_is_refused(project):
    options = RaceOptions(environments=(f"other={sys.executable}",))
    with pytest.raises(UsageError, match="--env other cannot apply: no contender names @other"):
        race_request(["majority", "svm_rbf"], options, project, lambda notes: None)
    request, _ = race_request(["majority", "majority@other"], options, project, lambda notes: None)
    assert {"other"} == set(request.interpreters)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "nowhere"), "nowhere: there is no such file or folder"),
        (("compare",), "no bench.json here"),
        (("score", "majority", "--plan", "--format", "json"), "--format json cannot apply"),
        (("race", "majority", "majority", "--plan", "--format", "csv"), "--format csv cannot"),
        (("report", "--check", "--format", "json"), "--format json cannot apply"),
        (("score", "majority", "--dataset", "wine", "--metric", "sensitivity"),
         "sensitivity needs a positive class, and wine has none"),
        (("score", "majority", "--time-to", "accuracy=0.9"), "there is none among majority"),
        (("score", "majority", "--time-to", "acuracy=0.9"), "use accuracy or log_loss; did you"),
        (("score", "majority", "--energy", "--engine", "keras"), "add --jobs 1"),
        (("score", "majority", "--energy", "--jobs", "1"), "add --engine keras"),
        (("score", "majority", "--plan", "--energy", "--jobs", "1", "--engine", "keras"),
         "--energy cannot apply: --plan runs nothing"),
        (("score", "majorty"), "did you mean 'majority'?"),
        (("score", "majority", "--dataset", "brest_cancer"), "did you mean 'breast_cancer'?"),
        (("score", "majority", "--metric", "accurracy"), "did you mean 'accuracy'?"),
        (("score", "majority", "--seed", "-1"), "-1 is not in the range"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_sentence_and_exit_2(arguments, message, tmp_path):
    done = run_command(*arguments, cwd=tmp_path)
    assert 2 == done.returncode
    assert message in done.stderr
    assert "Traceback" not in done.stderr


class Config:
    """The part of pytest's configuration that options of a bench run are in."""

    def __init__(self, **options):
        defaults = {
            "benchmark_enable": False, "benchmark_disable": False, "benchmark_quiet": False,
            "benchmark_compare": [], "benchmark_compare_fail": None, "benchmark_histogram": [],
            "benchmark_save": None, "benchmark_autosave": None, "benchmark_json": None,
            "benchmark_cprofile": None, "benchmark_sort": "min", "benchmark_group_by": "group",
            "benchmark_columns": None, "benchmark_name": "normal", "benchmark_time_unit": None,
            "verbose": 0, "numprocesses": None, "dist": "no",
        }  # fmt: skip
        self.option = type("Options", (), {**defaults, **options})()

    def getoption(self, name, default=None):
        return getattr(self.option, name, default)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"numprocesses": 2}, "timings under pytest-xdist would share the cores"),
        ({"dist": "load"}, "timings under pytest-xdist would share the cores"),
        ({"numprocesses": 2, "benchmark_disable": True, "benchmark_enable": True}, "pytest-xdist"),
        ({"benchmark_compare_fail": ["x"]}, "--benchmark-compare-fail needs a saved run"),
        ({"benchmark_disable": True, "benchmark_json": "x"}, "--benchmark-json is about times"),
        ({"benchmark_disable": True, "benchmark_save": "x"}, "--benchmark-save is about times"),
        ({"benchmark_disable": True, "benchmark_compare": True}, "--benchmark-compare is about"),
    ],
)
def test_options_of_pytest_benchmark_that_cannot_apply_are_refused(options, message):
    with pytest.raises(pytest.UsageError, match=message):
        check_benchmark_options(Config(**options))


def test_without_pygal_a_histogram_is_refused(monkeypatch):
    monkeypatch.setattr("evenfold.bench.benchmark_options.find_spec", lambda name: None)
    with pytest.raises(pytest.UsageError, match="--benchmark-histogram draws with pygal"):
        check_benchmark_options(Config(benchmark_histogram=["x"]))


@pytest.mark.parametrize(
    "options",
    [
        {"benchmark_compare": True},
        {"benchmark_compare": "0001"},
        {"benchmark_histogram": ["x"]},
        {"benchmark_cprofile": "tottime"},
        {"benchmark_sort": "name"},
        {"benchmark_columns": ["min"]},
        {"verbose": 1},
    ],
)
def test_an_option_of_the_table_of_pytest_benchmark_shows_it(options, monkeypatch):
    monkeypatch.setattr("evenfold.bench.benchmark_options.find_spec", lambda name: name)
    config = Config(**options)
    check_benchmark_options(config)
    quieten(config)
    assert not config.option.benchmark_quiet
    silent = Config(benchmark_quiet=True, **options)
    quieten(silent)
    assert silent.option.benchmark_quiet


@pytest.mark.parametrize("options", [{}, {"benchmark_disable": True, "numprocesses": 2}])
def test_without_such_an_option_the_table_is_left_out(options):
    config = Config(**options)
    check_benchmark_options(config)
    quieten(config)
    assert config.option.benchmark_quiet
