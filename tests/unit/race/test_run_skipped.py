"""A race with a contender that is skipped is refused, with what to do."""

from __future__ import annotations

import pytest

from evenfold.errors import SkippedError
from evenfold.race import run
from evenfold.race.options import RaceOptions


def test_a_skipped_contender_ends_the_race_with_advice(monkeypatch):
    def skips(*_):
        raise SkippedError("gru/litert is skipped here: LiteRT cannot convert it")

    monkeypatch.setattr(run, "race_request", lambda *_: (None, None))
    monkeypatch.setattr(run, "run_race", skips)
    with pytest.raises(SkippedError, match=r"cannot convert it\. Leave it out: a race runs with"):
        run.run_contenders(["gru/litert"], RaceOptions(), print, None)
