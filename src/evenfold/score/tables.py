"""The tables of score studies: means with intervals, verdicts of models and of environments."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.cells import NONE, MedianRange
from evenfold.render.tables import write
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import ROPE, Comparison, Design, Interval, compare, interval
from evenfold.stats.verdicts import BETTER, WORSE

if TYPE_CHECKING:
    import pandas as pd

SHOWN = ("accuracy", "roc_auc", "log_loss", "brier")
BETWEEN = "each model, between environments"
TURNED = {BETTER: WORSE, WORSE: BETTER}
COMPILED, KERAS = "compiled", "keras"  # engines of networks
COST = """\
Fit s: median [least, most] of the study's fits, each as it was run, beside as many others as there
were workers; what a model tunes inside its fit is in it."""


def comparisons(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> dict[str, Comparison]:
    """Each model after the first against the first, paired fit by fit of the plan."""
    paired = by_fit(scores, metric)
    present = [model for model in models if model in paired]
    pairs = [(other, present[0]) for other in present[1:]]
    return {other: c for (other, _), c in _compared(paired, pairs, metric, design, rope).items()}


def pairwise(
    scores: pd.DataFrame, metric: str, design: Design, rope: float | None
) -> dict[tuple[str, str], Comparison]:
    """Every pair of models, the first against the second; p-values adjusted over all pairs."""
    paired = by_fit(scores, metric)
    pairs = list(combinations(sorted(paired.columns), 2))
    return _compared(paired, pairs, metric, design, rope)


def between(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> dict[tuple[str, str], Comparison]:
    """Each model in each environment after the first against itself in the first, same folds."""
    first, *others = studies
    reference = by_fit(first.scores, metric)
    differences = {}
    for study in others:
        paired = by_fit(study.scores, metric)
        for model in sorted(set(paired.columns) & set(reference.columns)):
            d = (paired[model] - reference[model]).dropna().to_numpy(np.float64)
            if len(d):
                differences[model, study.label] = d
    return compare(differences, metric, first.design, rope)


def score_summary(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """One row a model, all cells text: means with 95 % intervals and the verdict on ``metric``.

    What the verdict is on stands before it, and the other metrics behind, where room may end.
    Seconds of a fit are told where every one was the model's own: the compiled engine's are not.
    """
    import pandas as pd

    verdicts = comparisons(scores, models, metric, design, rope)
    others = [name for name in SHOWN if name in scores and name != metric]
    rows = []
    for name, of_model in scores.groupby("model", sort=False, observed=True):
        model = str(name)
        mean, *cells = [
            _cell(interval(of_model[n].to_numpy(np.float64), design)) for n in (metric, *others)
        ]
        difference, verdict, probabilities = judged(verdicts.get(model))
        fits = str(len(of_model))
        cost = [_seconds(of_model["fit_seconds"])] if tells_cost(scores) else []
        rows.append((model, fits, mean, difference, verdict, *cells, *cost, probabilities))
    rows.sort(key=lambda row: list(models).index(row[0]))
    head = ["model", "fits", metric, f"Δ {metric}", "verdict", *others]
    head += ["fit s"] * tells_cost(scores)
    return pd.DataFrame(rows, columns=[*head, "P worse · equal · better"])


def tells_cost(scores: pd.DataFrame) -> bool:
    """Whether the seconds of all fits are those of the models' own training, tuning included."""
    if not {"engine", "fit_seconds"} <= set(scores.columns):
        return False
    engines = set(scores["engine"])
    return COMPILED not in engines and KERAS in engines


def verdict_matrix(
    scores: pd.DataFrame, metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """Row against column, all cells text: the verdict, and P(better) of the row."""
    import pandas as pd

    found = pairwise(scores, metric, design, rope)
    models = sorted({model for pair in found for model in pair})
    rows = []
    for row in models:
        cells = []
        for column in models:
            if (row, column) in found:
                c = found[row, column]
                cells.append(f"{c.verdict} {c.probabilities[2]:.3f}")
            elif (column, row) in found:
                c = found[column, row]
                cells.append(f"{TURNED.get(c.verdict, c.verdict)} {c.probabilities[0]:.3f}")
            else:
                cells.append(NONE)
        rows.append((row, *cells))
    return pd.DataFrame(rows, columns=["row against column", *models])


def environment_table(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> pd.DataFrame:
    """One row a model and environment after the first, all cells text."""
    import pandas as pd

    rows = [
        (model, label, *judged(found))
        for (model, label), found in sorted(between(studies, metric, rope).items())
    ]
    head = ["model", f"against {studies[0].label}", f"Δ {metric}", "verdict"]
    return pd.DataFrame(rows, columns=[*head, "P worse · equal · better"])


def score_tables(
    studies: Sequence[StudyScores], metric: str, rope: float | None, style: str
) -> Iterator[str]:
    """For each study its scores and verdicts, and then what environments make of each model."""
    for group in groups(studies):
        for study in group:
            yield heading(study)
            yield from (write(table, style) for table in study_tables(study, metric, rope))
        if len(group) > 1:
            yield f"{group[0].dataset}, {group[0].protocol}: {BETWEEN}"
            yield write(environment_table(group, metric, rope), style)
    if studies:
        yield compare_caption(metric, rope, studies)


def study_tables(study: StudyScores, metric: str, rope: float | None) -> Iterator[pd.DataFrame]:
    """Scores of every model, and verdicts on every pair of several; all cells text."""
    models = sorted(study.scores["model"].unique())
    yield score_summary(study.scores, models, metric, study.design, rope)
    if len(models) > 2:
        yield verdict_matrix(study.scores, metric, study.design, rope)


def numbers(studies: Sequence[StudyScores], metric: str, rope: float | None) -> pd.DataFrame:
    """One row a pair, in numbers: of models in an environment, or of a model in two."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for group in groups(studies):
        first = group[0]
        for study in group:
            of_models = pairwise(study.scores, metric, study.design, rope)
            for (a, b), found in of_models.items():
                rows.append(
                    (study.dataset, study.protocol, a, study.label, b, study.label, *_row(found))
                )
        for (model, label), found in between(group, metric, rope).items():
            told = (first.dataset, first.protocol, model, label, model, first.label)
            rows.append((*told, *_row(found)))
    columns = ["dataset", "protocol", "model", "environment", "reference", "reference_environment"]
    columns += ["difference", "low", "high", "p", "verdict", "p_worse", "p_equal", "p_better"]
    return pd.DataFrame(rows, columns=columns)


def groups(studies: Sequence[StudyScores]) -> list[list[StudyScores]]:
    """Studies of one dataset and protocol together, in the order in which they are met."""
    found: dict[Hashable, list[StudyScores]] = {}
    for study in studies:
        found.setdefault((study.dataset, study.protocol), []).append(study)
    return list(found.values())


def caption(
    design: Design, reference: str, metric: str, margin: float, found: Mapping[Any, Comparison]
) -> str:
    """What the intervals are, and where models are compared with the reference, the verdicts."""
    means = f"Means with 95 % intervals, {how(design)}."
    if not found:
        return means
    width = max(comparison.difference.half_width for comparison in found.values())
    return (
        f"{means} Verdicts: {metric} against {reference}, "
        f"above 0 is better;\nHolm-adjusted, and a difference below {margin:g} is of no interest. "
        f"Half-width of the widest interval\nof a difference: {width:.4f}. The probabilities "
        "(Bayesian correlated t-test) decide nothing."
    )


def compare_caption(metric: str, rope: float | None, studies: Sequence[StudyScores]) -> str:
    """What the tables of ``evenfold compare`` say of studies."""
    margin = ROPE[metric] if rope is None else rope
    cost = f"\n{COST}" if any(tells_cost(study.scores) for study in studies) else ""
    return (
        f"Verdicts on {metric}, paired fit by fit; p-values Holm-adjusted over a table's pairs; a "
        f"difference below\n{margin:g} is of no interest. In the matrix, beside each verdict: the "
        "probability that the row is better\n(Bayesian correlated t-test), which decides nothing."
        f"{cost}"
    )


def heading(study: StudyScores) -> str:
    """A study in a line: data, how it was split, where it ran."""
    return f"{study.dataset}, {study.protocol}, {study.label}: {how(study.design)}"


def by_fit(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The metric by fit of the plan and model: the same split, and the same turn of its seeds."""
    index = ["split"]
    if scores.duplicated(["model", "split"]).any():
        turn = scores.groupby(["model", "split"], observed=True).cumcount()
        scores, index = scores.assign(turn=turn), ["split", "turn"]
    found = scores.pivot(index=index, columns="model", values=metric)
    found.columns = [str(name) for name in found.columns]
    return found


def _compared(
    paired: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    metric: str,
    design: Design,
    rope: float | None,
) -> dict[tuple[str, str], Comparison]:
    columns: Mapping[str, Any] = {str(name): paired[name].to_numpy(np.float64) for name in paired}
    differences = {}
    for a, b in pairs:
        d = columns[a] - columns[b]
        d = d[~np.isnan(d)]
        if len(d):
            differences[a, b] = d
    return compare(differences, metric, design, rope)


def how(design: Design) -> str:
    """How fits came about, and what intervals are corrected for."""
    if design.folds > 1:
        return f"{design.folds} folds × {design.repeats}, corrected for overlap (Nadeau and Bengio)"
    return f"{design.repeats} seeds of one split, of this split only"


def _row(found: Comparison) -> tuple[Any, ...]:
    around = found.difference
    return around.mean, around.low, around.high, found.p, found.verdict, *found.probabilities


def _seconds(seconds: pd.Series) -> str:
    return str(MedianRange(float(seconds.median()), float(seconds.min()), float(seconds.max())))


def _cell(found: Interval) -> str:
    if not np.isfinite(found.mean):
        return NONE
    inside = f"{found.low:.4f}, {found.high:.4f}" if np.isfinite(found.low) else NONE
    return f"{found.mean:.4f} [{inside}]"


def judged(found: Comparison | None) -> tuple[str, str, str]:
    """Three cells: the difference with its interval, the verdict, and the probabilities."""
    if found is None:
        return NONE, NONE, NONE
    around = found.difference
    told = f"{around.mean:+.4f} [{around.low:+.4f}, {around.high:+.4f}]"
    return told, found.verdict, " · ".join(f"{p:.3f}" for p in found.probabilities)
