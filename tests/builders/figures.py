"""One of every figure."""

from __future__ import annotations

from builders.races import race
from builders.scaling import scaling
from builders.studies import bench, histories, kept, study
from evenfold.bench.figures import fit_times
from evenfold.bench.scaling_figures import scaling_figures
from evenfold.race.figures import race_ratios, race_samples
from evenfold.report.cost_figure import score_against_cost
from evenfold.score.curve_figures import calibration_curves, confusion, roc_curves
from evenfold.score.figures import score_dots, verdict_matrix
from evenfold.score.learning_figures import learning_curves
from evenfold.score.version_figures import score_versions

ONE = study()
EVERY = {
    "dots": score_dots(ONE, "accuracy", ("majority",)),
    "verdicts": verdict_matrix(ONE, "accuracy", None),
    "costs": score_against_cost(ONE, bench(), "accuracy", "fit s", ("majority",)),
    "roc": roc_curves(ONE, kept(ONE), ("majority",)),
    "calibration": calibration_curves(ONE, kept(ONE)),
    "confusion": confusion(ONE, kept(ONE)),
    "versions": score_versions([ONE, study("tf10", seed=1)], "accuracy", ("majority",)),
    "times": fit_times("abacus", [bench(), bench("tf10")]),
    "ratios": race_ratios(race(1.05)),
    "samples": race_samples(race(1.05)),
    **{f"scale{n}": f for n, f in enumerate(scaling_figures(scaling()))},
    **{f"learning{n}": f for n, f in enumerate(learning_curves(ONE, histories(ONE)))},
}
