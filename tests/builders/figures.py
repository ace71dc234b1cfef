"""One of every figure, and the marks that a drawing has."""

from __future__ import annotations

import html
import re

from builders.races import race, raced_versions
from builders.scaling import scaling
from builders.studies import MODELS, bench, histories, kept, study
from evenfold.bench.figures import fit_times
from evenfold.bench.scaling_figures import scaling_figures
from evenfold.race.figures import race_ratios, race_samples
from evenfold.race.version_figure import version_ratios
from evenfold.render.charts import NameStyles
from evenfold.report.cost_figure import score_against_cost
from evenfold.score.calibration_figure import calibration_curves
from evenfold.score.confusion_figure import confusion
from evenfold.score.curve_figures import precision_recall_curves, roc_curves
from evenfold.score.figures import score_dots, verdict_figure
from evenfold.score.learning_figures import learning_curves
from evenfold.score.version_figures import score_versions

ONE = study()
STYLES = NameStyles.of(
    [*sorted(MODELS), *(series.model for series in scaling().series), "mine", "mine (2)"]
)
EVERY = {
    "dots": score_dots(ONE, "accuracy", ("majority",), STYLES),
    "verdicts": verdict_figure(ONE, "accuracy", None),
    "costs": score_against_cost(ONE, bench(), "accuracy", "fit s", ("majority",), STYLES),
    "roc": roc_curves(ONE, kept(ONE), ("majority",), STYLES),
    "precision": precision_recall_curves(ONE, kept(ONE), ("majority",), STYLES),
    "calibration": calibration_curves(ONE, kept(ONE), STYLES),
    "confusion": confusion(ONE, kept(ONE)),
    "versions": score_versions([ONE, study("tf10", seed=1)], "accuracy", ("majority",), STYLES),
    "times": fit_times("abacus", [bench(), bench("tf10")], STYLES),
    "ratios": race_ratios(race(1.05), STYLES),
    "environments": version_ratios([raced_versions(), raced_versions("many", 1024)], STYLES),
    "samples": race_samples(race(1.05), STYLES),
    **{f"scale{n}": f for n, f in enumerate(scaling_figures(scaling(), STYLES))},
    **{f"learning{n}": f for n, f in enumerate(learning_curves(ONE, histories(ONE), STYLES))},
}


def marks(figure, kind):
    """The values of every mark of a kind (point, rule, ...) that the drawing of a figure has."""
    role = rf'role="graphics-symbol" aria-roledescription="{kind}"'
    labels = re.findall(rf'aria-label="([^"]*)" {role}', figure.svg())
    return [dict(re.findall(r"([^;:]+): ([^;]*)(?:; )?", html.unescape(label))) for label in labels]


def texts(figure):
    """All text in the drawing of a figure."""
    found = re.findall(r">([^<>]+)</(?:text|tspan)>", figure.svg())
    return [html.unescape(text) for text in found]
