"""The answer of a bisect in sentences, tables and a figure."""

from __future__ import annotations

from dataclasses import replace

from builders.bisects import SCORES, TIMES, finished, started
from evenfold.bisect.conclusions import bisect_conclusion, next_bisect_command
from evenfold.bisect.figures import bisect_path
from evenfold.bisect.tables import bisect_caption, bisect_numbers, bisect_table, bisect_text

LEVELS = [0.0] * 5 + [0.1] * 4 + [0.05] * 5


def test_the_first_sentence_names_the_versions_and_the_size():
    text = bisect_conclusion(finished(LEVELS))
    assert text.startswith("Training of conv1d became slower between tf2.7 and tf2.8: 1.1052 [")
    assert "became faster between tf2.11 and tf2.12: 0.9512 [" in text


def test_scores_become_better_or_worse():
    text = bisect_conclusion(finished([0.0, 0.0, 0.1, -0.1], SCORES, half=0.001))
    assert "accuracy of conv1d became better between tf2.4 and tf2.5: a difference of" in text
    assert "became worse between tf2.5 and tf2.6" in text


def test_equal_ends_do_not_exclude_changes_that_cancel():
    text = bisect_conclusion(finished([0.0] * 4))
    assert "is equivalent in tf2.3 and tf2.6; changes between them that cancel each other" in text
    thorough = finished([0.0] * 4, replace(TIMES, thorough=True))
    assert "no step between them is shown to change it" in bisect_conclusion(thorough)


def test_what_is_undecided_and_left_out_is_named():
    text = bisect_conclusion(finished([0.0, 0.0, 0.03], half=0.012))
    assert "No change of training of conv1d is shown between tf2.3 and tf2.5." in text
    assert "Undecided: tf2.4 to tf2.5" in text
    text = bisect_conclusion(finished(LEVELS, unusable=(5,)))
    assert "between tf2.7 and tf2.9" in text
    assert "tf2.8 could not be measured and was left out." in text


def test_a_stretch_without_a_step_to_blame_is_named_as_one():
    text = bisect_conclusion(finished([0.015 * n for n in range(5)]))
    assert "no single step of the" in text


def test_an_unfinished_bisect_says_so():
    whole = finished(LEVELS)
    text = bisect_conclusion(replace(whole, steps=whole.steps[:2]))
    assert "not complete: the same command goes on with it" in text
    assert "Nothing is compared yet." == bisect_conclusion(started(LEVELS))


def test_the_table_has_every_comparison_and_marks_the_answer():
    bisect = finished(LEVELS)
    table = bisect_table(bisect)
    assert len(table) == len(bisect.steps) == len(bisect_numbers(bisect))
    marked = table[table["answer"] == "the change"]
    assert [("tf2.7", "tf2.8"), ("tf2.11", "tf2.12")] == list(
        zip(marked["from"], marked["to"], strict=True)
    )
    assert ["slower", "faster"] == list(marked["verdict"])
    numbers = bisect_numbers(bisect)
    assert numbers["is_named"].sum() == 2
    assert numbers["error"].sum() <= 0.05
    assert "95 %" in bisect_caption(bisect)


def test_formats_of_numbers_hold_numbers_alone(tmp_path):
    bisect = finished(LEVELS)
    assert bisect_text(bisect, "csv").startswith("first,last,estimate")
    assert bisect_text(bisect, "markdown").startswith("Training of conv1d became slower")
    file = tmp_path / "epyc-2c" / "bisects" / "aa.json"
    assert "races/aa-4-5.json" in next_bisect_command(bisect, file)


def test_the_figure_has_one_bar_for_each_comparison():
    bisect = finished(LEVELS)
    figure = bisect_path(bisect)
    assert len(figure.table) == len(bisect.steps)
    assert "tf2.16" in figure.svg()
