"""Intervals and comparisons of scores: from test rows where they are known, the same everywhere."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest

from builders.predicted_studies import predicted_study
from evenfold.render.tables import write
from evenfold.render.words import listed
from evenfold.report.answers import ScoreLookups
from evenfold.report.report_data import ReportData
from evenfold.score.captions import study_caption
from evenfold.score.figures import verdict_figure
from evenfold.score.model_scores import paired_scores
from evenfold.score.numbers import comparison_numbers, score_numbers
from evenfold.score.pairing import compare_environments
from evenfold.score.tables import score_summary, score_tables, verdict_table
from evenfold.stats.metrics import Metric
from evenfold.stats.row_forms import row_values
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import REVERSED

QUALITIES = {"good": 0.9, "same": 0.9, "middle": 0.8, "poor": 0.5}
STUDY = predicted_study(QUALITIES)
SCORES = STUDY.model_scores
WORDS = r"better|not worse|equivalent|not better|worse|undecided"
PLACE = "tf9/beads/kfold4x5"


def caption(scores, comparisons, rope=None):
    text = study_caption(scores, "accuracy", rope, comparisons)
    assert max(map(len, text.splitlines())) <= 100
    return " ".join(text.split())


def word(cell):
    return re.match(WORDS, cell)[0]


def test_a_mean_of_fits_leaves_the_range_of_its_metric_by_no_rounding_error():
    scores = SCORES.scores.assign(accuracy=1 + 2**-50)
    for design in (SCORES.design, Design(1, 20)):
        chosen = replace(SCORES, scores=scores, method="nadeau-bengio", design=design)
        assert chosen.interval("good", "accuracy").estimate == 1


def test_scores_rest_on_test_rows_where_they_are_known():
    assert SCORES.basis == "rows"
    rows = SCORES.interval("good", "accuracy")
    fits = replace(STUDY, interval="nadeau-bengio").model_scores.interval("good", "accuracy")
    assert rows.estimate == pytest.approx(fits.estimate)
    assert (rows.low, rows.high) != pytest.approx((fits.low, fits.high), abs=1e-4)


def test_nadeau_and_bengios_intervals_can_be_chosen_where_rows_are_known():
    chosen = replace(SCORES, method="nadeau-bengio")
    assert chosen.basis == "fits"
    assert "Nadeau and Bengio" in caption(chosen, {})
    saved = replace(STUDY, interval="nadeau-bengio").model_scores
    ours, theirs = (one.compare_with_reference("accuracy", None) for one in (chosen, saved))
    assert ours == theirs
    assert {one.level for one in ours.values()} == {0.05 / 3}


def test_the_reference_is_the_first_of_the_study():
    study = replace(STUDY, order=("poor", "good"))
    assert study.models == ("poor", "good", "middle", "same")
    found = study.model_scores.compare_with_reference("accuracy", None)
    assert list(found) == ["good", "middle", "same"]
    assert found["good"].verdict == "better"


def test_intervals_of_a_table_hold_for_all_its_contenders_at_once():
    together = SCORES.compare_with_reference("accuracy", None)
    alone = predicted_study({name: QUALITIES[name] for name in ("good", "same")}).model_scores
    one = alone.compare_with_reference("accuracy", None)["same"]
    assert one.level == 0.05
    assert 0.05 / 3 <= together["same"].level < 0.05


def test_table_matrix_numbers_figure_and_answers_have_the_same_words():
    table = score_summary(SCORES, "accuracy", None).set_index("model")
    matrix = verdict_table(SCORES, "accuracy", None).set_index("row against column")
    numbers = score_numbers(SCORES, "accuracy", None).set_index("model")
    pairs = comparison_numbers([STUDY], "accuracy", None).set_index(["model", "reference"])
    figure = verdict_figure(STUDY, "accuracy", None).table.set_index(["row", "column"])
    answers = ScoreLookups(ReportData((), [STUDY], ()))
    reference = STUDY.models[0]
    for model in STUDY.models[1:]:
        verdict = word(table.loc[model, "verdict"])
        assert verdict == word(matrix.loc[model, reference])
        assert verdict == numbers.loc[model, "verdict"]
        assert verdict == pairs.loc[(model, reference), "verdict"]
        assert verdict == figure.loc[(model, reference), "verdict"]
        answer = answers.verdict(PLACE, model, reference)
        assert answer.startswith(f"**{verdict}** ({table.loc[model, 'Δ accuracy']}")
        assert ("detectable difference" in answer) == (verdict == "undecided")
    for model in STUDY.models:
        assert answers.score(PLACE, model) == table.loc[model, "accuracy"]


@pytest.mark.parametrize(("model", "other"), list(permutations(QUALITIES, 2)))
def test_the_answer_on_any_pair_is_that_of_the_matrix(model, other):
    matrix = verdict_table(SCORES, "accuracy", None).set_index("row against column")
    answer = ScoreLookups(ReportData((), [STUDY], ())).verdict(PLACE, model, other)
    assert re.match(rf"\*\*({WORDS})", answer)[1] == word(matrix.loc[model, other])


def test_the_matrix_is_antisymmetric():
    matrix = verdict_table(SCORES, "accuracy", None).set_index("row against column")
    for a, b in permutations(QUALITIES, 2):
        assert word(matrix.loc[b, a]) == REVERSED[word(matrix.loc[a, b])]
        difference = float(re.search(r"[+−-]?[0-9.]+", matrix.loc[a, b])[0].replace("−", "-"))
        ours, theirs = (SCORES.interval(model, "accuracy").estimate for model in (a, b))
        assert difference == pytest.approx(ours - theirs, abs=6e-4)


def test_a_model_as_the_reference_has_the_opposite_comparison():
    for a, b in combinations(QUALITIES, 2):
        ours, theirs = (
            replace(SCORES, models=pair).compare_with_reference("accuracy", None)[pair[1]]
            for pair in ((b, a), (a, b))
        )
        assert theirs.verdict == ours.reversed.verdict
        for end in ("estimate", "low", "high"):
            opposite = getattr(ours.reversed.difference, end)
            assert getattr(theirs.difference, end) == pytest.approx(opposite)


def without_a_fit(model):
    """The study without the last fit of a model."""
    tested = SCORES.tested[model]
    split = SCORES.scores["split"].iloc[-1]
    dropped = (SCORES.scores["model"] == model) & (SCORES.scores["split"] == split)
    part = tested.only_fits(np.unique(tested.fit)[:-1])
    return replace(SCORES, scores=SCORES.scores[~dropped], tested={**SCORES.tested, model: part})


@pytest.mark.parametrize("metric", ["accuracy", "f1", "mcc", "roc_auc", "log_loss"])
def test_equal_predictions_do_not_differ_where_one_model_lacks_a_fit(metric):
    twin = {**SCORES.tested, "same": SCORES.tested["good"]}
    scores = replace(without_a_fit("same"), tested=twin)
    part = scores.tested["good"].only_fits(np.unique(twin["good"].fit)[:-1])
    scores = replace(scores, tested={**twin, "same": part})
    compared = scores.compare_with_reference(metric, None)["same"].difference
    assert (compared.estimate, compared.low, compared.high) == (0, 0, 0)


@pytest.mark.parametrize("metric", ["f1", "mcc"])
def test_scores_of_pooled_counts_are_those_of_the_fits_that_both_models_have(metric):
    scores = without_a_fit("poor")
    fits = np.unique(scores.tested["poor"].fit)
    expected = [
        row_values(metric, scores.tested[model].only_fits(fits)).estimate
        for model in ("good", "poor")
    ]
    both = paired_scores((scores, "good"), (scores, "poor"), metric)
    assert both == pytest.approx(expected, abs=1e-12)
    compared = scores.compare_with_reference(metric, None)["poor"].difference
    assert compared.estimate == pytest.approx(expected[1] - expected[0], abs=1e-12)


def test_a_holdout_claims_nothing_from_many_seeds():
    """Thirty equal fits that hit three of 60 rows more: not better."""
    study = predicted_study({"a": 0.8, "b": 0.84}, Design(1, 30), noise=0)
    comparison = study.model_scores.compare_with_reference("accuracy", None)["b"]
    assert comparison.difference.estimate == pytest.approx(3 / 60)
    assert comparison.verdict in ("not worse", "undecided")
    text = caption(study.model_scores, {"b": comparison})
    assert "intervals rest on the 60 test rows" in text


def test_one_repeat_states_what_it_leaves_out():
    study = predicted_study({"a": 0.8, "b": 0.8}, Design(4, 1))
    text = caption(study.model_scores, {})
    assert "With one repeat, variation over seeds and training sets shows in 4 folds only." in text


def test_a_caption_names_learners_that_jump():
    tested = {m: replace(rows) for m, rows in SCORES.tested.items()}
    tested["poor"].__dict__["jumps"] = 1.0
    scores = replace(SCORES, tested=tested)
    text = caption(scores, {})
    assert "Predictions of poor jump when a few training rows change" in text
    assert "jump" not in caption(SCORES, {})


def test_a_caption_states_estimand_reference_and_number_of_comparisons():
    compared = SCORES.compare_with_reference("accuracy", None)
    text = caption(SCORES, compared, 0.02)
    assert "on training sets of this size, averaged over seeds" in text
    assert "against the reference good, above 0 is better; the margin is 0.02" in text
    assert "hold for all 3 comparisons at once" in text


def test_environments_are_compared_row_by_row():
    later = predicted_study({**QUALITIES, "good": 0.5}, label="tf10")
    compared = compare_environments([STUDY, later], "accuracy", None)
    assert set(compared) == {(m, "tf10") for m in QUALITIES}
    assert compared["good", "tf10"].verdict == "worse"
    assert len({one.level for one in compared.values()}) == 1


def test_the_score_of_f1_is_that_of_all_fits_together():
    around = SCORES.interval("poor", "f1")
    tested = SCORES.tested["poor"]
    truth, called = tested.y == 1, tested.probabilities.argmax(axis=1) == 1
    expected = 2 * (truth & called).sum() / (truth.sum() + called.sum())
    assert around.estimate == pytest.approx(expected)


def test_a_metric_of_the_users_stays_in_its_range():
    def hits(y, probabilities, positive):
        return float(np.mean(probabilities.argmax(axis=1) == y))

    study = predicted_study({"a": 0.99, "b": 0.9})
    scores = study.scores.assign(hits=study.scores["accuracy"])
    for low, high in ((0.0, 1.0), (-np.inf, 1.0)):
        own = {"hits": Metric(hits, low=low, high=high)}
        around = replace(study, scores=scores, own_metrics=own).model_scores.interval("a", "hits")
        assert around.estimate == pytest.approx(
            study.model_scores.interval("a", "accuracy").estimate
        )
        assert around.estimate <= around.high <= 1


def test_a_caption_states_where_a_users_metric_has_no_interval():
    tested = SCORES.tested["good"]
    sizes = set(np.unique(tested.fit, return_counts=True)[1].tolist())
    assert not {size - 1 for size in sizes} & sizes

    def of_all_rows(y, probabilities, positive):
        hits = float(np.mean(probabilities.argmax(axis=1) == y))
        return hits if len(y) in sizes else float("nan")

    def constant(y, probabilities, positive):
        return 1.0

    for function in (of_all_rows, constant):
        scores = replace(SCORES, own_metrics={"own": Metric(function)})
        text = " ".join(study_caption(scores, "own", None, {}).split())
        assert f"own of {listed(SCORES.present)} has no interval: it is not defined" in text
    ranged = replace(SCORES, own_metrics={"own": Metric(constant, low=0, high=1)})
    assert "no interval" not in study_caption(ranged, "own", None, {})


def test_texts_of_compare_begin_with_the_conclusion_and_end_with_a_command():
    heading, first, *_, last = score_tables([STUDY], "accuracy", None, "markdown")
    assert heading.startswith("beads, kfold4x5")
    assert "shown to be worse than good by more than 1 point of accuracy" in first
    assert last.startswith("Next: evenfold ")


def test_json_has_the_method_and_the_level_of_each_interval():
    rows = json.loads(write(comparison_numbers([STUDY], "accuracy", None), "json"))
    assert {row["interval"] for row in rows} == {"rows"}
    with_reference = [row for row in rows if row["reference"] == "good"]
    assert len(with_reference) == 3
    assert all(0.95 < row["confidence"] < 1 for row in rows)
    assert all(row["margin"] == 0.01 for row in rows)
