"""Models of a bench run share a process: what one changes in it is restored, or reported."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from evenfold.bench.options import BenchOptions
from evenfold.bench.session import BenchSession
from evenfold.errors import FitError
from evenfold.worker.process_state.guard import StateGuard

ESTIMATOR = """
import os
from evenfold import Model

assert "EVENFOLD_TEST" not in os.environ
os.environ["EVENFOLD_TEST"] = "{name}"


def build(task):
    from sklearn.dummy import DummyClassifier
    return DummyClassifier()


MODEL = Model(build)
"""


@pytest.fixture
def session(tmp_path):
    files = {}
    for name in "ab":
        files[name] = tmp_path / f"{name}.py"
        files[name].write_text(ESTIMATOR.format(name=name))
    session = BenchSession(BenchOptions(), files, ["a", "b"], tmp_path)
    guard = session.guard = StateGuard(lambda: None, ("sys.stdout", "sys.stderr"))
    yield session
    guard.state.restore()
    guard.close()


def test_what_a_model_changes_does_not_reach_the_next(session):
    """Each benchmark of a model has it, and the file of the next model is run without it."""
    for spec in ("a", "a", "b"):
        with session.running(spec):
            assert spec == os.environ["EVENFOLD_TEST"]


def test_a_model_that_changes_what_cannot_be_restored_is_named(session):
    session.guard = SimpleNamespace(
        last="a",
        is_switch=lambda spec: spec != "a",
        state=SimpleNamespace(restore=lambda: ["the priority"]),
    )
    message = (
        "^b is not measured: a changed the priority, which cannot be restored in this process; run "
        "it alone, with --model b$"
    )
    for _ in range(2):
        with pytest.raises(FitError, match=message), session.running("b"):
            pass
