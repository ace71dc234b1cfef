"""The first sentence of a table of scores, and the next command."""

from __future__ import annotations

import pytest

from builders.predicted_studies import predicted_study
from evenfold.report.study_words import study_note_words
from evenfold.score.conclusions import amount, conclusion, next_step
from evenfold.score.tables import score_tables
from evenfold.stats.comparisons import Comparison, Interval
from evenfold.stats.verdicts import SCORE_VERDICTS, score_verdict

INTERVALS = {
    "better": (0.02, 0.04),
    "worse": (-0.04, -0.02),
    "equivalent": (-0.005, 0.005),
    "not worse": (-0.005, 0.04),
    "not better": (-0.04, 0.005),
    "undecided": (-0.04, 0.04),
}


def compared(word, margin=0.01):
    low, high = INTERVALS[word]
    assert score_verdict(low, high, 0.01) == word
    return Comparison(Interval((low + high) / 2, low, high), word, 0.05, 10, margin)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            {"a": "equivalent", "majority": "worse"},
            "Only majority is shown to be worse than net by more than 1 point of accuracy.",
        ),
        (
            {"a": "better", "b": "better", "c": "not worse"},
            "Only a and b are shown to be better than net by more than 1 point of accuracy.",
        ),
        (
            {"a": "better", "b": "worse", "c": "undecided"},
            "Only a is shown to be better than net by more than 1 point of accuracy, and b is "
            "shown to be worse.",
        ),
        (
            {"a": "not worse", "b": "undecided"},
            "No model is shown to be better or worse than net by more than 1 point of accuracy.",
        ),
        (
            {"a": "equivalent", "b": "equivalent"},
            "No model differs from net by more than 1 point of accuracy.",
        ),
        (
            {"a": "worse", "b": "worse"},
            "Both contenders are shown to be worse than net by more than 1 point of accuracy.",
        ),
    ],
)
def test_the_sentence_names_who_is_shown_to_differ(words, sentence):
    comparisons = {name: compared(word) for name, word in words.items()}
    assert conclusion(comparisons, "net", "accuracy") == sentence


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("better", "a is better than net by more than 1 point of accuracy."),
        ("worse", "a is worse than net by more than 1 point of accuracy."),
        ("equivalent", "a is equivalent to net, within 1 point of accuracy."),
        ("not worse", "a is not worse than net by more than 1 point of accuracy; it may be "
         "better."),
        ("not better", "a is not better than net by more than 1 point of accuracy; it may be "
         "worse."),
        ("undecided", "Whether a is better or worse than net by more than 1 point of accuracy is "
         "undecided; detectable difference: 5 points of accuracy."),
    ],
)  # fmt: skip
def test_the_sentence_on_one_contender(word, sentence):
    assert conclusion({"a": compared(word)}, "net", "accuracy") == sentence


def test_a_margin_of_0_asks_the_classical_question():
    sentence = conclusion({"a": compared("better", 0.0)}, "net", "log_loss")
    assert sentence == "a is better than net in log loss."


def test_without_a_comparison_there_is_no_sentence():
    assert conclusion({}, "net", "accuracy") == ""


@pytest.mark.parametrize(
    ("metric", "difference", "words"),
    [("accuracy", 0.01, "1 point of accuracy"), ("roc_auc", 0.005, "0.5 points of ROC AUC"),
     ("log_loss", 0.01, "0.01 of log loss"), ("mine", 2.0, "2 of mine")],
)  # fmt: skip
def test_differences_of_shares_are_points(metric, difference, words):
    assert amount(metric, difference) == words


@pytest.mark.parametrize("word", SCORE_VERDICTS)
def test_the_next_command_follows_from_the_verdict(word):
    step = next_step({"a": compared(word)}, "net")
    assert step.startswith("Next: evenfold ")
    assert ("--plan" in step) == (word == "undecided")
    assert ("race net a" in step) == (word != "undecided")


def test_the_race_is_with_the_best_contender():
    step = next_step({"a": compared("worse"), "b": compared("equivalent")}, "net")
    assert "evenfold race net b" in step


def test_a_margin_of_0_needs_a_difference_to_plan_for():
    """Without --detect, --plan shows the rows for twice the margin, which is nothing then."""
    step = next_step({"a": compared("undecided", 0.0)}, "net")
    assert "with the same options, --plan and --detect DIFFERENCE shows how many rows" in step


def test_a_comparison_of_saved_studies_names_the_one_whose_options_it_means():
    study = predicted_study({"a": 0.80, "b": 0.79})
    *_, step = score_tables([study], "accuracy", 0.0001, "table")
    assert "with the options of the study beads, kfold4x5, tf9 and --plan shows" in step
    assert "the same options" not in step


def test_a_report_names_the_study_whose_options_it_means():
    """No command stands above the tables of a page, whose options could be the same."""
    study = predicted_study({"a": 0.80, "b": 0.79})
    step = study_note_words(study)[-1].text
    assert "with the options of the study beads, kfold4x5, tf9 and --plan shows" in step
