"""``evenfold score``: the user's options as a request, and what is said of the study."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

from evenfold.data.sources import open_dataset
from evenfold.errors import UsageError
from evenfold.listing import chosen, find_models
from evenfold.progress import Line, Say, Tell
from evenfold.results.environment import core_count
from evenfold.results.stats import ROPE, WORSE, Design
from evenfold.study import environments
from evenfold.study.request import Request, planned, run_request

WORSE_FOUND, SOME_FAILED = 1, 3


def show_plan(say: Say, tell: Tell, **asked: Any) -> int:
    """Says how many fits each model has in the plan, how many are to be run, and for how long."""
    request = _request(tell, **asked)
    found = planned(request)
    total, unknown = 0.0, False
    for model in request.models:
        of_model = [cell for cell in found.cells if cell.model == model]
        known = [found.seconds[cell.key] for cell in of_model if cell.key in found.seconds]
        left = len(of_model) - len(known)
        took = f", {median(known):.3g} s each" if known else ""
        say(f"{model}: {len(of_model)} fits, {left} to run{took}")
        total += left * (median(known) if known else 0)
        unknown |= bool(left and not known)
    left = len(found.cells) - len(found.seconds)
    known_part = f", {total / max(found.slots, 1) / 60:.1f} minutes" if total else ""
    rest = " and what models take that were never fitted" if unknown and total else ""
    say(f"{len(found.cells)} fits in all, {left} to run, {found.slots} at a time{known_part}{rest}")
    return 0


def show_scores(say: Say, tell: Tell, **asked: Any) -> int:
    """Runs the study and says its table; the exit code."""
    from evenfold.report.scores import caption, comparisons, score_summary
    from evenfold.report.tables import write

    request = _request(tell, **asked)
    design, metric, rope = request.design, asked["metric"], asked["rope"]
    scored = run_request(request, Progress(tell))
    outcome = scored.outcome
    tell(f"{model} skipped: {why}" for model, why in outcome.skipped.items())
    tell(dict.fromkeys(outcome.failed.values()))
    models, style = list(request.models), asked["style"]
    verdicts = comparisons(scored.scores, models, metric, design, rope)
    if style == "csv":
        say(write(scored.scores, style))
    else:
        say(write(score_summary(scored.scores, models, metric, design, rope), style))
    if style in ("table", "markdown") and len(scored.scores):
        width = max((c.difference.half_width for c in verdicts.values()), default=float("nan"))
        margin = ROPE[metric] if rope is None else rope
        say("\n" + caption(design, models[0], metric, margin, width))
        say(f"Saved in {scored.folder}")
    if outcome.failed:
        return SOME_FAILED
    worse = any(found.verdict == WORSE for found in verdicts.values())
    return WORSE_FOUND if asked["fail_on"] and worse else 0


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
    dataset = open_dataset(asked["dataset"], asked["target"], asked["positive"], asked["group"])
    return Request(
        dataset=dataset,
        models=chosen(asked["models"], found.files),
        design=design,
        engine=asked["engine"],
        seed=asked["seed"],
        jobs=asked["jobs"] or core_count(),
        timeout=asked["timeout"],
        store=asked["store"],
        results=asked["results"],
        complete=usual and not asked["models"] and asked["target"] is None,
        root=root,
        interpreter=environments.find(asked["env"], root),
        scheduler=asked["scheduler"],
    )
