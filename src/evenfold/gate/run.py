"""Running a gate: the scores, then the race, and the comment on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from evenfold.data.datasets import Dataset
from evenfold.errors import EvenfoldError, UsageError
from evenfold.gate.base import ModelChange
from evenfold.gate.compare import GateMonitor
from evenfold.gate.options import GateOptions
from evenfold.gate.result import GateResult, Part, Unmeasured, without_accuracy
from evenfold.gate.scores import GateSide, score_sides
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models
from evenfold.plugins.sources import read_sources
from evenfold.race.contenders import ContenderSpec
from evenfold.race.request import RaceRequest
from evenfold.race.run import run_race
from evenfold.worker.plugin import canonical_spec

Measured = TypeVar("Measured")


def run_gate(
    options: GateOptions,
    change: ModelChange,
    root: Path,
    monitor: GateMonitor,
) -> GateResult:
    """Measure what a change does to a model. What cannot be measured is part of the result.

    Parameters
    ----------
    options
        The options.
    change
        The model in head and in the base.
    root
        The project's folder.
    monitor
        Called with messages and progress.

    Raises
    ------
    EvenfoldError
        The data or a file of models cannot be used.
    """
    head = GateSide(options.spec, options.spec, change.head)
    reference = _reference(options, change, root)
    result = GateResult(
        model=options.spec,
        base=change.base,
        reference=reference.label,
        is_new=change.before is None,
        former=change.former,
        environment=change.environment,
        requires_evidence=options.require is not None,
    )
    if change.is_unchanged and not options.always:
        return replace(result, is_unchanged=True)
    dataset = open_dataset(options.data, root)
    unmeasured: dict[Part, Unmeasured] = {}

    def measured(part: Part, measure: Callable[[], Measured]) -> Measured | None:
        try:
            return measure()
        except EvenfoldError as error:
            monitor.tell([str(error)])
            unmeasured[part] = Unmeasured(_shown(str(error), change, root), error.exit_code)
            return None

    scores = measured(
        "scores",
        lambda: score_sides(reference, head, options.score_options, root, dataset, monitor),
    )
    if scores is not None:
        monitor.tell(scores.failed)
        failed = [_shown(message, change, root) for message in scores.failed]
        scores = replace(scores, failed=failed)
    race = None
    if change.before is not None:
        request = _race_request(reference, head, change.commit, options, root, dataset)
        race = measured("speed", lambda: without_accuracy(run_race(request, monitor.race).race))
    return replace(result, scores=scores, race=race, unmeasured=unmeasured)


def _reference(options: GateOptions, change: ModelChange, root: Path) -> GateSide:
    """Return what the model is compared with: itself in the base, or the baseline."""
    if change.before is not None:
        return GateSide(f"{options.spec} ({change.base})", options.spec, change.before)
    name = canonical_spec(options.baseline)
    if name == options.spec:
        raise UsageError(
            f"{name} is new, and is the baseline itself: name another one with --baseline"
        )
    files = find_models(options.folders, root).files
    return GateSide(name, name, read_sources(locate(name, files)))


def _race_request(
    reference: GateSide,
    head: GateSide,
    commit: str,
    options: GateOptions,
    root: Path,
    dataset: Dataset,
) -> RaceRequest:
    race = options.race_options
    contenders = {
        reference.label: ContenderSpec(head.model, revision=commit),
        head.label: ContenderSpec(head.model),
    }
    return RaceRequest(
        contenders=contenders,
        dataset=dataset,
        files={},
        root=root,
        settings=race.settings(contenders, options.seed),
        timeout=race.timeout,
        sources={f"{head.model}#{commit}": reference.sources, head.model: head.sources},
        has_budget=options.budget is not None,
    )


def _shown(message: str, change: ModelChange, root: Path) -> str:
    """Return a message without this machine's folders."""
    for folder in (*change.folders, root.resolve(), root):
        message = message.replace(f"{folder}/", "").replace(f"{folder}\\", "")
    return message
