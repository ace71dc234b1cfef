"""Running a bisect: comparisons are saved as they are made, and versions that fail are left out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from builders.bisects import Comparer, finished, started
from evenfold.bisect.record import BISECT_FILE
from evenfold.bisect.run import SavedComparer
from evenfold.errors import UsageError, WorkerError

LEVELS = [0.0] * 5 + [0.1] * 4


@dataclass
class Versions:
    """Versions of which some cannot be opened."""

    problems: dict[int, str] = field(default_factory=dict)

    def problem(self, place):
        return self.problems.get(place)


@dataclass
class Request:
    bisect: object
    file: object


def saved(tmp_path, problems=None, make=None, bisect=None):
    bisect = bisect or started(LEVELS)
    made = Comparer(bisect, LEVELS)
    request = Request(bisect, tmp_path / "m" / "bisects" / "aa.json")
    compare = make or made.step
    return SavedComparer(request, Versions(problems or {}), compare, lambda text: None)


def run(comparer):
    comparer.bisect.new_search(comparer).run()
    return comparer.bisect


def test_each_comparison_is_saved_when_it_is_made(tmp_path):
    comparer = saved(tmp_path)
    counts = []
    make = comparer.compare

    def counted(*arguments):
        if comparer.request.file.exists():
            counts.append(len(BISECT_FILE.read(comparer.request.file).steps))
        return make(*arguments)

    comparer.compare = counted
    bisect = run(comparer)
    assert list(range(1, len(bisect.steps))) == counts
    assert bisect == BISECT_FILE.read(comparer.request.file)


def test_a_saved_comparison_is_not_made_again(tmp_path):
    whole = finished(LEVELS)

    def never(*arguments):
        raise AssertionError

    assert whole == run(saved(tmp_path, make=never, bisect=whole))


def test_a_version_that_cannot_be_opened_is_left_out(tmp_path):
    bisect = run(saved(tmp_path, {4: "no wheel"}))
    assert "no wheel" == bisect.versions[4].unusable
    assert [(3, 5)] == [(c.first, c.last) for c in bisect.search.changes]
    assert bisect == BISECT_FILE.read(tmp_path / "m" / "bisects" / "aa.json")


def test_a_new_version_whose_worker_fails_is_left_out(tmp_path):
    made = Comparer(started(LEVELS), LEVELS)

    def fails(first, last, error):
        if 4 in (first, last):
            raise WorkerError("it died")
        return made.step(first, last, error)

    bisect = run(saved(tmp_path, make=fails))
    assert "it died" == bisect.versions[4].unusable
    assert bisect.is_complete


def test_a_failure_of_versions_that_were_measured_before_ends_the_run(tmp_path):
    whole = finished(LEVELS)
    part = replace(whole, steps=whole.steps[:2])

    def fails(*arguments):
        raise WorkerError("it died")

    with pytest.raises(WorkerError):
        run(saved(tmp_path, make=fails, bisect=part))
    with pytest.raises(UsageError, match=r"tf2.7 can no longer be measured"):
        run(saved(tmp_path, {4: "gone"}, bisect=part))


def test_an_end_that_cannot_be_measured_is_an_error(tmp_path):
    with pytest.raises(UsageError, match=r"tf2.11 is an end of the path, .*no wheel"):
        run(saved(tmp_path, {8: "no wheel"}))


@pytest.mark.parametrize("error", [KeyboardInterrupt, WorkerError("it died")])
def test_an_interrupted_bisect_says_how_it_goes_on(tmp_path, monkeypatch, error):
    from evenfold.bisect import run as module

    class Comparer:
        def __init__(self, *arguments):
            pass

        def __call__(self, *arguments):
            raise error

    monkeypatch.setattr(module, "RaceComparer", Comparer)
    monkeypatch.setattr(module, "OpenVersions", lambda *arguments: Versions())
    request = Request(started(LEVELS), tmp_path / "m" / "bisects" / "aa.json")
    request.options = Request(None, None)
    request.options.metric = None
    said = []
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else WorkerError):
        module.run_bisect(request, said.extend)
    assert any("the same evenfold bisect goes on with it" in text for text in said)
