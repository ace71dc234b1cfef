"""Scores of a model and its reference: a study of each, on the same folds and with one seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from evenfold.data.datasets import Dataset
from evenfold.gate.comment import FOLDER
from evenfold.gate.compare import GateMonitor
from evenfold.plugins.metrics import find_metric
from evenfold.runtime.cleanup import scratch
from evenfold.score.compare_models import require_defined, scored_comparison
from evenfold.score.comparison import ScoreComparison
from evenfold.score.options import ScoreOptions
from evenfold.score.request import open_request, store_file
from evenfold.score.run import early_reader, open_workers, plan_study, run_study
from evenfold.worker.sources import Sources

Value = TypeVar("Value")


@dataclass(frozen=True)
class GateSide:
    """One of the two models of a gate.

    Parameters
    ----------
    label
        Its name in tables.
    model
        Its own name, with settings: seeds of fits follow from it.
    sources
        Its sources.
    """

    label: str
    model: str
    sources: Sources


def score_sides(
    reference: GateSide,
    head: GateSide,
    options: ScoreOptions,
    root: Path,
    dataset: Dataset,
    monitor: GateMonitor,
) -> ScoreComparison:
    """Score two models, which may have one name, on the same folds, and compare them.

    Parameters
    ----------
    reference, head
        The models.
    options
        The options of both studies.
    root
        The project's folder.
    dataset
        The dataset that the options name.
    monitor
        Called with notes on models and data, and with the progress of each study.

    Raises
    ------
    EvenfoldError
        As ``score_models`` does.
    """
    studies = []
    with early_reader(options, root) as reader, _stores(reference, head, options, root) as stores:
        named = replace(options, models=(head.model,), sources={head.model: head.sources})
        request = open_request(named, root, monitor.tell, dataset)
        metric = find_metric(options.metric, options.metrics, root)
        require_defined(metric, request)
        with open_workers(request, reader) as workers:
            for place, side in (("base", reference), ("head", head)):
                results = root / FOLDER / place
                own = replace(
                    request,
                    options=replace(
                        options, models=(side.model,), results=results, store=stores[place]
                    ),
                    models={side.model: side.sources},
                )
                scored = run_study(
                    plan_study(own, workers),
                    monitor.progress(f"{side.label}: "),
                    diagnose=side is head,
                )
                studies.append(_labelled(scored_comparison(own, metric, scored), side))
    before, after = studies
    return _side_by_side(before, after)


@contextmanager
def _stores(
    reference: GateSide, head: GateSide, options: ScoreOptions, root: Path
) -> Iterator[Mapping[str, Path]]:
    """Yield the store of each study: one of their own for models that have the same sources.

    Fits are stored by the sources: a stored fit of the base would stand for one of head, although
    something else differs, such as a file that the model does not name.
    """
    if reference.sources.digest != head.sources.digest:
        yield dict.fromkeys(("base", "head"), store_file(options, root))
        return
    with scratch() as folder:
        yield {place: folder / f"{place}.sqlite" for place in ("base", "head")}


def _labelled(result: ScoreComparison, side: GateSide) -> ScoreComparison:
    """Return the comparison of one model with the model's name in tables."""

    def labelled(message: str) -> str:
        return f"{side.label}: {message.removeprefix(f'{side.model}: ')}"

    return replace(
        result,
        scores=result.scores.assign(model=side.label),
        models=[side.label],
        failed=[labelled(message) for message in result.failed],
        skipped=_renamed(result.skipped, side),
        unfinished=[fit._replace(model=side.label) for fit in result.unfinished],
        tested=_renamed(result.tested, side),
    )


def _renamed(values: Mapping[str, Value], side: GateSide) -> dict[str, Value]:
    """Return what there is of one model, by the model's name in tables."""
    return {side.label: values[side.model]} if side.model in values else {}


def _side_by_side(before: ScoreComparison, after: ScoreComparison) -> ScoreComparison:
    """Return the comparison of two models that were scored on the same folds."""
    import pandas as pd

    parts = [result.scores for result in (before, after) if len(result.scores)]
    design = after.design if len(after.scores) else before.design
    return replace(
        after,
        scores=pd.concat(parts, ignore_index=True) if parts else after.scores,
        models=[*before.models, *after.models],
        design=design,
        failed=[*before.failed, *after.failed],
        skipped={**before.skipped, **after.skipped},
        unfinished=[*before.unfinished, *after.unfinished],
        undefined={**before.undefined, **after.undefined},
        engines=list(dict.fromkeys([*before.engines, *after.engines])),
        tested={**before.tested, **after.tested},
        own_metrics={**before.own_metrics, **after.own_metrics},
    )
