"""README's first table: score, verdict, fit time and latency of each model, in few digits."""

from __future__ import annotations

from textwrap import fill

from evenfold.bench.measurements import LATENCY_ROWS, measurements
from evenfold.bench.results import Result
from evenfold.race.tables import seconds_cell
from evenfold.render.cells import NONE
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.report.report_data import METRIC
from evenfold.score.captions import design_text
from evenfold.score.conclusions import amount
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import study_conclusion

# Of a bench run: the measurement, and the seconds that are one of it.
TIMES = (("fit s", 1.0), ("one-row ms", 1e-3))
WIDTH = 100


def overview(study: StudyScores, bench: Result) -> str:
    """Return the conclusion, the table in Markdown, and how to read it.

    Parameters
    ----------
    study
        Scores of the models.
    bench
        Times of the models, from a bench run in the same environment. A model that was not timed
        has dashes.
    """
    import pandas as pd

    scores, times = study.model_scores, _medians(bench)
    compared = scores.compare_with_reference(METRIC, None)
    rows = []
    for model in scores.present:
        score = scores.interval(model, METRIC)
        verdict = str(compared[model].verdict) if model in compared else NONE
        cell = f"{score.estimate:.3f} [{score.low:.3f}, {score.high:.3f}]"
        rows.append((model, cell, verdict, *times.get(model, [NONE] * len(TIMES))))
    head = ["model", METRIC, f"against {scores.reference}", "one fit", "one prediction"]
    table = write(pd.DataFrame(rows, columns=head), "markdown")
    margin = next((amount(METRIC, one.margin) for one in compared.values()), "")
    caption = (
        f"{METRIC.capitalize()}: {design_text(scores.design)}, with 95 % intervals. Verdicts: "
        f"differences below {margin} do not matter. Times: medians on {bench.machine}, of a "
        f"prediction of {LATENCY_ROWS} row on the fastest path."
    )
    texts = (study_conclusion(study, METRIC, None), fill(caption, WIDTH))
    first, last = (sentence(text, "markdown") for text in texts)
    parts = [first, table, last]
    return "\n\n".join(filter(None, parts))


def _medians(bench: Result) -> dict[str, list[str]]:
    """Return the median times of each model on the CPU, as cells."""
    return {
        model: [
            seconds_cell(values[name].middle * unit) if name in values else NONE
            for name, unit in TIMES
        ]
        for (model, device), values in measurements(bench.benchmarks).items()
        if device == "cpu"
    }
