"""``evenfold.upgrade`` and its result: an upgrade as text, table and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.data.table_options import Missing, Preprocess
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
from evenfold.upgrade.options import UpgradeOptions
from evenfold.worker.protocol import Clock

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.upgrade.results import UpgradeResult


@dataclass(frozen=True, repr=False)
class UpgradeComparison:
    """An upgrade that has run, and the folder that holds it; a notebook shows a table."""

    result: UpgradeResult
    folder: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each model: those of ``evenfold upgrade --format csv``.

        Among them ``model``, ``before`` and ``after`` (scores), ``difference`` with the ends
        ``score_low`` and ``score_high`` of its interval, and ``score`` (the verdict). Training and
        prediction each have median seconds, their ratio with a 99 % interval, and a verdict:
        ``training_seconds_before``, ``training_seconds_after``, ``training_ratio``,
        ``predict_verdict`` and so on.
        """
        from evenfold.upgrade.tables import upgrade_numbers

        return upgrade_numbers(self.result.models, self.result.settings)

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table as it is printed; all cells are text."""
        from evenfold.upgrade.tables import upgrade_table

        return upgrade_table(self.result.models, self.result.settings)

    @property
    def conclusion(self) -> str:
        """The result in one or two sentences."""
        from evenfold.upgrade.conclusions import upgrade_conclusion

        return upgrade_conclusion(self.result.models, self.result.settings)

    @property
    def caption(self) -> str:
        """What was compared, what the columns mean, and the versions of both environments."""
        from evenfold.upgrade.tables import (
            missing_score_notes,
            upgrade_caption,
            upgrade_settling_lines,
            versions_text,
        )

        models, settings = self.result.models, self.result.settings
        named = dict(zip(settings.environments, self.result.environments, strict=True))
        notes = missing_score_notes(models, settings)
        advice = upgrade_settling_lines(models, settings)
        return "\n".join([upgrade_caption(settings), *notes, *advice, versions_text(named)])

    def __repr__(self) -> str:
        from evenfold.upgrade.tables import upgrade_text

        result = self.result
        return upgrade_text(result.models, result.settings, result.environments, "markdown")

    def _repr_html_(self) -> str:
        from evenfold.render.notebook import html_table

        ends = self.table[["score_low", "difference", "score_high"]]
        drawn = [(low, middle, high) for low, middle, high in ends.itertuples(index=False)]
        difference = f"Δ {self.result.settings.metric}"
        return html_table(
            self.text_table,
            self.caption,
            conclusion=self.conclusion,
            intervals={difference: drawn},
            verdicts=("score", "training", "predict"),
        )


def upgrade(
    before: str,
    after: str,
    *models: str,
    dataset: PathName | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = None,
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
    folds: int | None = UpgradeOptions.folds,
    repeats: int | None = UpgradeOptions.repeats,
    metric: str = UpgradeOptions.metric,
    rope: float | None = UpgradeOptions.rope,
    interval: IntervalMethod = UpgradeOptions.interval,
    budget: float | str | None = UpgradeOptions.budget,
    clock: Clock | None = UpgradeOptions.clock,
    margin: float | str | None = UpgradeOptions.margin,
    threads: int | None = UpgradeOptions.threads,
    seed: int = UpgradeOptions.seed,
    jobs: int | None = UpgradeOptions.jobs,
    timeout: float | str | None = UpgradeOptions.timeout,
    results: PathName | None = UpgradeOptions.results,
    store: PathName | None = UpgradeOptions.store,
) -> UpgradeComparison:
    """Compare an environment with another, as ``evenfold upgrade`` does.

    Parameters
    ----------
    before, after
        The environments: a name of tox's or of ``[tool.evenfold.environments]``, or
        ``NAME=PATH[,FLAG=VALUE]``.
    *models
        Names of models; without any, every built-in model.
    dataset, target, positive, group, data, datasets
        The data, as of `race`.
    drop, categorical, ordinal, missing, preprocess, sample_weight, sheet
        What becomes of the columns of a table, as of ``DatasetOptions``.
    folders
        Folders of models, one or several. **Their code is run.**
    folds, repeats, metric, rope, interval, budget, clock, margin, threads, seed, jobs, timeout
        The studies and races, as of ``UpgradeOptions``; ``budget`` and ``timeout`` may be texts
        such as ``"60s"``, and ``margin`` one such as ``"2%"``.
    results, store
        Where results and finished fits are saved, as of ``UpgradeOptions``.

    Returns
    -------
    UpgradeComparison
        Scores, ratios and verdicts of each model; a notebook shows a table.

    Raises
    ------
    UsageError
        An environment, a model or an option is unknown.
    EvenfoldError
        The data, a model's file or a results file cannot be used.

    Examples
    --------
    >>> evenfold.upgrade("tf2.15", "tf2.21", "conv1d", repeats=3)  # doctest: +SKIP
    """
    from evenfold.upgrade.request import open_upgrade
    from evenfold.upgrade.run import run_upgrade

    options = UpgradeOptions(
        before,
        after,
        models=models,
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
        rope=rope,
        interval=interval,
        budget=as_seconds(budget),
        clock=clock,
        margin=parse_share(margin) if isinstance(margin, str) else margin,
        threads=threads,
        seed=seed,
        jobs=jobs,
        timeout=as_seconds(timeout),
        results=as_path(results),
        store=as_path(store),
    )
    request = open_upgrade(options, Path.cwd(), lambda messages: None)
    return UpgradeComparison(run_upgrade(request, lambda messages: None), request.folder)
