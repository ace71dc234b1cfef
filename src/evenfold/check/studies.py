"""Checks on score studies themselves: what must not be found is not found."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.contract import Task
from evenfold.data import splits as protocols
from evenfold.data.datasets import Dataset
from evenfold.data.splits import Split
from evenfold.score.plan import Study, plan_fits
from evenfold.score.runner import JobRunner, run_fits, score_table
from evenfold.score.store import Store
from evenfold.stats.score_intervals import Design, compare, interval
from evenfold.stats.verdicts import BETTER, WORSE
from evenfold.worker import train
from evenfold.worker.checks import FAILED, PASSED, SKIPPED, CheckOutcome
from evenfold.worker.plugin import Plugin, canonical_spec, load_plugin, parse_spec
from evenfold.worker.protocol import EnvironmentInfo

DESIGN = Design(5, 2)
# Many models are checked at once: a fault must be plain, chance must not be.
CONFIDENCE = 0.999
Scores = dict[str, dict[str, np.ndarray]]  # by model and metric, a number a split


@dataclass(frozen=True)
class Checker:
    """Fits for checks: a study to vary, who runs its fits, and a folder to work in."""

    study: Study
    runner: JobRunner
    folder: Path

    def scores(self, study: Study) -> Scores:
        """The scores of a study's models, in the order of its splits."""
        cells = plan_fits(study)
        with Store(self.folder / "fits.sqlite") as store:
            results = run_fits(study, cells, store, self.runner, lambda done, total: None)
        table = score_table(study, cells, results.fits)
        order = [split.name for split in study.splits]
        return {
            str(model): {
                name: of_model.set_index("split").loc[order, name].to_numpy(np.float64)
                for name in ("accuracy", "balanced_accuracy", "log_loss")
            }
            for model, of_model in table.groupby("model")
            if len(of_model) == len(order)
        }


def run_checks(checker: Checker) -> Iterator[CheckOutcome]:
    """Every check of every model of the study, as they come."""
    usual = checker.scores(checker.study)
    for name, check in (
        ("permuted_labels", permuted_labels),
        ("test_only_feature", test_only_feature),
        ("same_model_twice", same_model_twice),
        ("cross_validate", agrees_with_cross_validate),
    ):
        faults = check(checker, usual)
        for model in checker.study.models:
            if model not in usual or model not in faults:
                yield CheckOutcome(model, name, SKIPPED, "does not apply, or was not fitted")
            else:
                fault = faults[model]
                yield CheckOutcome(model, name, FAILED if fault else PASSED, fault)


def permuted_labels(checker: Checker, usual: Scores) -> dict[str, str]:
    """Where labels say nothing, every model is at chance."""
    study = checker.study
    y = np.random.default_rng(study.run_seed).permutation(study.dataset.y)
    dataset = replace(study.dataset, name="permuted", y=y)
    found = checker.scores(replace(study, dataset=dataset, splits=_splits(dataset)))
    chance = 1 / study.dataset.n_classes
    faults = {}
    for model, told in found.items():
        around = interval(told["balanced_accuracy"], DESIGN, CONFIDENCE)
        inside = around.low <= chance <= around.high
        faults[model] = (
            "" if inside else f"balanced accuracy {around.mean:.4f} "
            f"[{around.low:.4f}, {around.high:.4f}] on permuted labels, chance is {chance:.4f}"
        )  # fmt: skip
    return faults


def test_only_feature(checker: Checker, usual: Scores) -> dict[str, str]:
    """A column that tells the label in test rows alone, and is noise in training rows, is no help.

    Nothing of the test rows may reach the training.
    """
    study = checker.study
    each = [
        checker.scores(replace(study, dataset=_leaking(study.dataset, split), splits=[split]))
        for split in study.splits
    ]
    faults = {}
    for model, told in usual.items():
        if not all(model in found for found in each):
            continue
        leaky = np.concatenate([found[model]["accuracy"] for found in each])
        (verdict,) = compare({model: leaky - told["accuracy"]}, "accuracy", DESIGN).values()
        gain = f"{verdict.difference.mean:+.4f} of accuracy by a column of the test rows alone"
        faults[model] = gain if verdict.verdict == BETTER else ""
    return faults


def same_model_twice(checker: Checker, usual: Scores) -> dict[str, str]:
    """A model under two names, so with other seeds, is neither better nor worse than itself."""
    study = checker.study
    twins = {}
    for name, path in study.models.items():
        stem, settings = parse_spec(name)
        inside = ",".join(f"{key}={value}" for key, value in settings.items())
        twin = canonical_spec(f"{stem}.again[{inside}]")
        twins[twin] = Path(shutil.copy(path, checker.folder / f"{stem}.again.py"))
    found = checker.scores(replace(study, models=twins))
    faults = {}
    for name, twin in zip(study.models, twins, strict=True):
        if twin in found and name in usual:
            d = found[twin]["accuracy"] - usual[name]["accuracy"]
            (verdict,) = compare({name: d}, "accuracy", DESIGN).values()
            wrong = verdict.verdict in (BETTER, WORSE)
            faults[name] = f"{verdict.verdict} than itself" if wrong else ""
    return faults


def agrees_with_cross_validate(checker: Checker, usual: Scores) -> dict[str, str]:
    """An estimator's scores are those of scikit-learn's cross_validate on the same splits."""
    faults = {}
    for cells in _by_model(checker.study):
        model = cells[0].model
        plugin = load_plugin(model, cells[0].path)
        if plugin.model.epochs is not None or model not in usual:
            continue
        expected = _cross_validated(checker.study.dataset, plugin, cells)
        told = usual[model]
        same = np.array_equal(expected["test_accuracy"], told["accuracy"])
        close = np.allclose(-expected["test_neg_log_loss"], told["log_loss"], rtol=0, atol=1e-9)
        faults[model] = "" if same and close else (
            f"accuracy {np.mean(told['accuracy']):.6f}, log loss {np.mean(told['log_loss']):.6f}; "
            f"cross_validate has {np.mean(expected['test_accuracy']):.6f}, "
            f"{-np.mean(expected['test_neg_log_loss']):.6f}"
        )  # fmt: skip
    return faults


def study_for(
    dataset: Dataset, models: Mapping[str, Path], environment: str, told: EnvironmentInfo
) -> Study:
    """The study that is varied: five folds twice, the compiled engine."""
    return Study(
        dataset=dataset,
        protocol=f"kfold{DESIGN.folds}x{DESIGN.repeats}",
        design=f"kfold{DESIGN.folds}",
        splits=_splits(dataset),
        seeds=1,
        models=models,
        engine="compiled",
        run_seed=0,
        environment=environment,
        worker_info=told,
    )


def _splits(dataset: Dataset) -> Sequence[Split]:
    return protocols.kfold(dataset, DESIGN.folds, DESIGN.repeats, 0)


def _by_model(study: Study) -> Iterator[list[Any]]:
    cells = plan_fits(study)
    for model in study.models:
        yield [cell for cell in cells if cell.model == model]


def _leaking(dataset: Dataset, split: Split) -> Dataset:
    told = np.random.default_rng(len(split.test)).normal(size=len(dataset.y))
    told[split.test] = dataset.y[split.test] - np.mean(dataset.y)
    return replace(
        dataset,
        name="leaking",
        x=np.column_stack([dataset.x, told]),
        feature_names=(*dataset.feature_names, "leak"),
    )


def _cross_validated(dataset: Dataset, plugin: Plugin, cells: Sequence[Any]) -> Any:
    from sklearn.model_selection import cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    parts = []
    for cell in cells:
        estimator = train.build(plugin, Task((dataset.x.shape[1],), dataset.n_classes))
        train.set_random_state(estimator, cell.seed)
        folds = [(cell.split.train, cell.split.test)]
        pipeline = make_pipeline(StandardScaler(), estimator)
        scoring = ["accuracy", "neg_log_loss"]
        parts.append(cross_validate(pipeline, dataset.x, dataset.y, cv=folds, scoring=scoring))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
