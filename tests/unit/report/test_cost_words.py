"""The sentence on the front of scores against cost."""

from __future__ import annotations

import pytest

from builders.studies import bench, study
from evenfold.render.charts import NameStyles
from evenfold.report.cost_figure import score_against_cost


def caption(models, references=("majority",)):
    """Of models by their score, the cheapest first."""
    styles = NameStyles.of(models)
    made, run = study(models=models), bench(models=models)
    return score_against_cost(made, run, "accuracy", "fit s", references, styles).caption


def test_a_model_that_none_beats_costs_least_and_scores_highest():
    assert "net costs least and scores highest." in caption({"net": 0.95, "worse": 0.9})


def test_a_cheaper_model_off_scale_costs_less():
    text = caption({"majority": 0.5, "net": 0.95, "worse": 0.9})
    assert "Of the models that are drawn, net costs least and scores highest." in text


@pytest.mark.parametrize("references", [(), ("majority",)])
def test_of_several_on_the_front_a_line_joins_them(references):
    text = caption({"majority": 0.5, "net": 0.9, "best": 0.95}, references)
    assert "The line joins the models that no other model beats in both." in text
