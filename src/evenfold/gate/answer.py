"""``evenfold.gate`` and its result: what a change does to a model, as text and as exit code."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evenfold.data.table_options import Missing, Preprocess
from evenfold.gate.compare import GateMonitor, compare_with_base
from evenfold.gate.options import GateOptions
from evenfold.option_checks import parse_share
from evenfold.option_values import (
    Names,
    PathName,
    Paths,
    as_names,
    as_path,
    as_paths,
    as_seconds,
    as_text,
)
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.stats.comparisons import IntervalMethod
from evenfold.worker.protocol import Clock, Measure

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.gate.result import GateResult


@dataclass(frozen=True, repr=False)
class GateAnswer:
    """A gate that has run, and the comment that it wrote.

    Parameters
    ----------
    result
        The scores, the race, and what could not be measured.
    comment
        The file of the comment.
    """

    result: GateResult
    comment: Path

    @property
    def passes(self) -> bool:
        """Whether the model is not shown to be worse or slower, and everything was measured."""
        return self.result.passes

    @property
    def exit_code(self) -> int:
        """The exit code of ``evenfold gate``."""
        return self.result.exit_code

    @property
    def conclusion(self) -> str:
        """The result in one sentence, which begins with pass or fail."""
        return self.result.headline

    def __repr__(self) -> str:
        from evenfold.gate.texts import gate_text

        return gate_text(self.result, "markdown")


def gate(
    model: str,
    dataset: PathName | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = None,
    *,
    base: str = GateOptions.revision,
    baseline: str = GateOptions.baseline,
    always: bool = GateOptions.always,
    require: Literal["not-worse"] | None = GateOptions.require,
    positive: str | None = None,
    group: str | None = None,
    datasets: Paths = (),
    drop: Names = (),
    categorical: Names = (),
    ordinal: Names = (),
    missing: Missing | None = DatasetOptions.missing,
    preprocess: Preprocess | None = DatasetOptions.preprocess,
    sample_weight: str | None = DatasetOptions.sample_weight,
    sheet: str | None = DatasetOptions.sheet,
    data: PathName | None = DatasetOptions.data,
    folders: Paths = (),
    folds: int | None = GateOptions.folds,
    repeats: int | None = GateOptions.repeats,
    metric: str = GateOptions.metric,
    metrics: Paths = (),
    rope: float | None = GateOptions.rope,
    interval: IntervalMethod = GateOptions.interval,
    measure: Measure | None = GateOptions.measure,
    rows: int | None = GateOptions.rows,
    clock: Clock | None = GateOptions.clock,
    budget: float | str | None = GateOptions.budget,
    margin: float | str | None = GateOptions.margin,
    threads: int | None = GateOptions.threads,
    seed: int = GateOptions.seed,
    jobs: int | None = GateOptions.jobs,
    timeout: float | str | None = GateOptions.timeout,
    store: PathName | None = GateOptions.store,
    silence: Names = GateOptions.silence,
) -> GateAnswer:
    """Compare a model with that of another commit, as ``evenfold gate`` does.

    Parameters
    ----------
    model
        The name of a model in a git repository, with settings if any.
    dataset, target, positive, group, data, datasets
        The data, as of `race`.
    base
        The git revision to compare with, at the last commit that it shares with HEAD.
    baseline
        The model that a new model is compared with.
    always
        Whether a model is measured that has not changed.
    require
        ``"not-worse"`` if the scores have to show that.
    drop, categorical, ordinal, missing, preprocess, sample_weight, sheet
        What becomes of the columns of a table, as of ``DatasetOptions``.
    folders
        Folders of models, one or several. **Their code is run.**
    folds, repeats, metric, metrics, rope, interval, silence, store
        The scores, as of ``GateOptions``.
    measure, rows, clock, budget, margin, threads
        The race, as of ``GateOptions``; ``budget`` may be a text such as ``"60s"``, and ``margin``
        one such as ``"2%"``.
    seed, jobs, timeout
        Of both, as of ``GateOptions``.

    Returns
    -------
    GateAnswer
        Whether the model passes, and the text of the comment.

    Raises
    ------
    UsageError
        A model, a revision or an option is unknown.
    EvenfoldError
        The data or a model's file cannot be used.

    Examples
    --------
    >>> evenfold.gate("net", folders="mine").passes  # doctest: +SKIP
    """
    from evenfold.race.progress import SILENT

    options = GateOptions(
        model,
        revision=base,
        baseline=baseline,
        require=require,
        always=always,
        folders=as_paths(folders),
        data=DatasetOptions(
            dataset=as_text(dataset),
            target=target,
            positive=positive,
            group=group,
            data=as_path(data),
            datasets=as_paths(datasets),
            drop=as_names(drop),
            categorical=as_names(categorical),
            ordinal=as_names(ordinal),
            missing=missing,
            preprocess=preprocess,
            sample_weight=sample_weight,
            sheet=sheet,
        ),
        folds=folds,
        repeats=repeats,
        metric=metric,
        metrics=as_paths(metrics),
        rope=rope,
        interval=interval,
        measure=measure,
        rows=rows,
        clock=clock,
        budget=as_seconds(budget),
        margin=parse_share(margin) if isinstance(margin, str) else margin,
        threads=threads,
        seed=seed,
        jobs=jobs,
        timeout=as_seconds(timeout),
        store=as_path(store),
        silence=as_names(silence),
    )
    silent = GateMonitor(lambda lines: None, lambda prefix: lambda state: None, SILENT)
    result, comment = compare_with_base(
        options, Path.cwd(), silent.tell, lambda: nullcontext(silent)
    )
    return GateAnswer(result, comment)
