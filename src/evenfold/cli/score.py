"""``evenfold score``: the user's options as a request, and what is said of the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from evenfold.cli.options import (
    any_metric_option,
    data_options,
    fail_option,
    format_option,
    models_option,
    rope_option,
)
from evenfold.cli.output import print_messages
from evenfold.data.datasets import Dataset
from evenfold.errors import UsageError
from evenfold.plugins.datasets import DatasetOptions, is_built_in, open_dataset
from evenfold.plugins.metrics import Asked, find_metric
from evenfold.plugins.models import find_models, select_models
from evenfold.render.progress import Line, Say, Tell
from evenfold.runtime import interpreters as environments
from evenfold.runtime.environment import core_count
from evenfold.score.run import Request, Scored, planned, run_request
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import WORSE

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.score.comparison import Comparisons

WORSE_FOUND, SOME_FAILED = 1, 3
IGNORED = "groups ignored: "
OPTIONS: dict[str, Any] = {
    "positive": None,
    "group": None,
    "data": None,
    "datasets": (),
    "folders": (),
    "protocol": "kfold",
    "folds": 10,
    "repeats": 10,
    "seeds": 30,
    "engine": "compiled",
    "metric": "accuracy",
    "metrics": (),
    "rope": None,
    "seed": 0,
    "env": None,
    "scheduler": None,
    "jobs": None,
    "timeout": None,
    "results": None,
    "store": None,
}


def show_plan(say: Say, tell: Tell, **asked: Any) -> int:
    """Says how many fits each model has in the plan, how many are to be run, and for how long."""
    request = _request(tell, **asked)
    studies = {"": planned(request)}
    if request.dataset.groups is not None:
        studies[IGNORED] = planned(_ignoring_groups(request))
    total, unknown = 0.0, False
    for (where, found), model in product(studies.items(), request.models):
        of_model = [cell for cell in found.cells if cell.model == model]
        known = [found.seconds[cell.key] for cell in of_model if cell.key in found.seconds]
        left = len(of_model) - len(known)
        took = f", {median(known):.3g} s each" if known else ""
        say(f"{where}{model}: {len(of_model)} fits, {left} to run{took}")
        total += left * (median(known) if known else 0)
        unknown |= bool(left and not known)
    fits = sum(len(found.cells) for found in studies.values())
    left = fits - sum(len(found.seconds) for found in studies.values())
    slots = studies[""].slots
    known_part = f", {total / max(slots, 1) / 60:.1f} minutes" if total else ""
    rest = " and what models take that were never fitted" if unknown and total else ""
    say(f"{fits} fits in all, {left} to run, {slots} at a time{known_part}{rest}")
    return 0


def show_scores(say: Say, tell: Tell, **asked: Any) -> int:
    """Runs the study and says its table; the exit code."""
    from evenfold.render.tables import write

    request, metric = _request(tell, **asked), _metric(asked)
    scored = run_request(request, Progress(tell))
    claimed = _claimed(request, Progress(tell, IGNORED))
    found = _compared(request, scored, claimed, metric, asked["rope"])
    tell(f"{model} skipped: {why}" for model, why in found.skipped.items())
    tell(found.failed)
    style = asked["style"]
    say(write(found.scores if style == "csv" else found.table, style))
    if style in ("table", "markdown") and len(found.scores):
        say(f"\n{found.caption}\nSaved in {scored.file.parent}")
    if found.failed:
        return SOME_FAILED
    worse = any(verdict.verdict == WORSE for verdict in found.verdicts.values())
    return WORSE_FOUND if asked["fail_on"] and worse else 0


def score(
    models: Iterable[str],
    data: str | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = None,
    **options: Any,
) -> Comparisons:
    """Scores models, silently, as ``evenfold score`` does: ``score(["svm_rbf"], frame, "label")``.

    ``data`` is a frame with ``target`` among its columns, the path of such a table, or the name of
    a dataset. ``options`` are the command's: ``positive``, ``group``, ``data``, ``datasets``,
    ``folders`` (of models of one's own), ``protocol`` (kfold, holdout), ``folds``, ``repeats``,
    ``seeds``, ``engine``, ``metric``, ``metrics`` (folders), ``rope``, ``seed``, ``env``,
    ``scheduler``, ``jobs``, ``timeout`` (seconds), ``results`` and ``store`` (Paths). Raises the
    EvenfoldErrors of data, plug-ins, workers and results; a fit that fails is told in ``failed``.
    """
    unknown = set(options) - set(OPTIONS)
    if unknown:
        known = ", ".join(OPTIONS)
        raise UsageError(f"a score study has no option {min(unknown)!r}: there are {known}")
    asked = {**OPTIONS, **options, "models": tuple(models), "dataset": data, "target": target}
    request, metric = _request(lambda lines: None, **asked), _metric(asked)
    scored = run_request(request, _silent)
    claimed = _claimed(request, _silent)
    return _compared(request, scored, claimed, metric, asked["rope"])


def _claimed(request: Request, progress: Callable[[int, int], None]) -> Scored | None:
    """What splits would claim that divide groups; None where rows have none."""
    if request.dataset.groups is None:
        return None
    return run_request(_ignoring_groups(request), progress)


def _silent(done: int, total: int) -> None:
    pass


def _ignoring_groups(request: Request) -> Request:
    """The same study of the same rows as if nothing held some of them together."""
    name = f"{request.dataset.name}-groups-ignored"
    return replace(request, dataset=replace(request.dataset, name=name, groups=None))


def _compared(
    request: Request, scored: Scored, claimed: Scored | None, metric: Asked, rope: float | None
) -> Comparisons:
    from evenfold.score.comparison import Comparisons

    failed = _counted(scored)
    if claimed is not None:
        failed += [IGNORED + why for why in _counted(claimed)]
    return Comparisons(
        scores=metric.column(scored.file, scored.scores),
        models=list(request.models),
        metric=metric.name,
        design=request.design,
        rope=rope,
        failed=failed,
        skipped=scored.outcome.skipped,
        claimed=None if claimed is None else metric.column(claimed.file, claimed.scores),
    )


def _counted(scored: Scored) -> list[str]:
    """Why fits failed, each reason once, with how many fits."""
    told = []
    for why, count in Counter(scored.outcome.failed.values()).items():
        first, *last_lines = why.split("\n")
        told.append("\n".join([f"{first} ({count} fits)" if count > 1 else first, *last_lines]))
    return told


def _metric(asked: Mapping[str, Any]) -> Asked:
    return find_metric(asked["metric"], asked["metrics"], Path.cwd())


class Progress:
    """Says how far a study is."""

    def __init__(self, tell: Tell, of: str = "") -> None:
        """The clock starts now; ``of`` comes before everything that is said."""
        self.of = of
        self.line = Line(tell)
        self.started = monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Told after each fit."""
        rate = done / max(monotonic() - self.started, 1e-9)
        text = f"{done} of {total} fits, {rate:.1f} a second, {(total - done) / rate:.0f} s left"
        self.line.show(self.of + text, end=done == total)


def _request(tell: Tell, **asked: Any) -> Request:
    root = Path.cwd()
    found = find_models(asked["folders"], root)
    tell(found.notes)
    if asked["env"] and asked["scheduler"]:
        raise UsageError(
            "give --env or --scheduler: a cluster's workers have their own environment"
        )
    holdout = asked["protocol"] == "holdout"
    design = Design(1, asked["seeds"]) if holdout else Design(asked["folds"], asked["repeats"])
    usual = design == Design(10, 10) and asked["engine"] == "compiled" and asked["seed"] == 0
    dataset, same_everywhere = _dataset(asked, root)
    tell(dataset.notes)
    return Request(
        dataset=dataset,
        models=select_models(asked["models"], found.files),
        design=design,
        engine=asked["engine"],
        seed=asked["seed"],
        jobs=asked["jobs"] or core_count(),
        timeout=asked["timeout"],
        store=asked["store"],
        results=asked["results"],
        complete=usual and not asked["models"] and same_everywhere,
        root=root,
        interpreter=environments.find(asked["env"], root),
        scheduler=asked["scheduler"],
    )


def _dataset(asked: Mapping[str, Any], root: Path) -> tuple[Dataset, bool]:
    """The data, and whether they are the same for everyone."""
    options = DatasetOptions(
        asked["dataset"], asked["target"], asked["positive"], asked["group"],
        asked["data"], tuple(asked["datasets"]),
    )  # fmt: skip
    return open_dataset(options, root), is_built_in(options, root)


@click.command("score")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@data_options
@click.option("--protocol", type=click.Choice(["kfold", "holdout"]), default="kfold")
@click.option("--folds", type=click.IntRange(2), default=10, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=10, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=30, help="Of a holdout.  [default: 30]")
@click.option("--engine", type=click.Choice(["compiled", "keras"]), default="compiled")
@any_metric_option
@rope_option
@fail_option("worse")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the run.")
@click.option("--env", metavar="NAME[=PYTHON]", help="Fit in another environment: one of tox's.")
@click.option("--scheduler", metavar="ADDRESS", help="Fit on a Dask cluster, tcp://host:8786.")
@click.option("--jobs", type=click.IntRange(1), help="Worker processes; by default one a core.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="Seconds a fit may take.")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Saved below it.  [default: results for all defaults, else by time in .evenfold/runs]",
)
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="Finished fits.")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
def score_command(**asked: Any) -> int:
    """How good is each model: repeated stratified folds, with intervals and verdicts.

    Every MODEL, or every built-in one, on the same splits; finished fits are kept and not run
    again. The first model is the reference. Exit code 3: some fits failed, the rest is kept.
    """

    return (show_plan if asked.pop("plan_only") else show_scores)(
        click.echo, print_messages, **asked
    )
