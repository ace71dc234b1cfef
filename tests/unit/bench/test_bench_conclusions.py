"""The sentence above a table of bench runs, and the command below it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders.bench import inference, training
from evenfold.bench.conclusions import (
    bench_conclusion,
    bench_next_step,
    comparison_conclusion,
    comparison_next_step,
)
from evenfold.bench.record import read_benchmarks
from evenfold.bench.results import Result


def exact(path, rows, seconds, **more):
    entry = inference(path, rows, seconds, **more)
    entry["extra_info"]["exact"] = True
    return entry


def slower(entry, times):
    stats = {name: times * value for name, value in entry["stats"].items()}
    return {**entry, "stats": stats}


QUICK = [training("quick"), exact("predict", 1, 0.0002, model="quick")]
SLOW = [slower(training("slow"), 2), exact("predict", 1, 0.004, model="slow")]


def run(label, entries):
    return Result(label, "m", {"name": label}, read_benchmarks(entries), Path("x"))


def test_a_run_is_summed_up_by_its_shortest_and_longest_times():
    assert bench_conclusion(read_benchmarks([*SLOW, *QUICK])) == (
        "A fit takes from 5.43 s (quick) to 10.9 s (slow), and a prediction of one row takes "
        "from 200 µs (quick) to 4.00 ms (slow)."
    )
    assert bench_conclusion(read_benchmarks(QUICK[:1])) == "A fit takes 5.43 s (quick)."
    assert bench_conclusion([]) == ""


def test_after_a_run_a_command_with_a_verdict_is_next():
    assert bench_next_step(["a", "b c", "a"]).startswith("Next: evenfold race a 'b c' ")
    assert bench_next_step(["a"]).startswith("Next: evenfold score logistic_regression a ")


def test_environments_are_summed_up_by_their_ratios():
    later = [
        slower(entry, times) for entry, times in zip([*QUICK, *SLOW], (2, 1, 3, 1), strict=True)
    ]
    results = [run("old", [*QUICK, *SLOW]), run("new", later)]
    assert comparison_conclusion(results) == (
        "In new, a fit takes 2.00 to 3.00 times and a prediction of one row takes 1.00 times as "
        "long as in old."
    )
    assert comparison_next_step(results).startswith("Next: evenfold upgrade old new ")


@pytest.mark.parametrize("others", [[], [run("new", SLOW)]])
def test_without_a_ratio_the_sentence_says_so(others):
    text = comparison_conclusion([run("old", QUICK), *others])
    assert text == (
        "No other run can be compared with old."
        if others
        else "There is one bench run, old: ratios need another one."
    )
    assert comparison_next_step([run("old", QUICK)]).startswith("Next: tox ")


def test_runs_on_two_machines_lead_to_no_upgrade_between_machines():
    """Their labels have the machines, and are no names of environments."""
    here, there = run("m/tf2", [*QUICK, *SLOW]), run("n/tf2", QUICK)
    both = [replace(one, environment={"name": "tf2"}) for one in (here, there)]
    assert comparison_next_step(both).startswith("Next: evenfold race quick slow ")
    other = replace(there, environment={"name": "tf3"})
    assert comparison_next_step([both[0], other]).startswith("Next: evenfold upgrade tf2 tf3 ")
