"""Seeds reach what draws inside an estimator."""

from __future__ import annotations

import random

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evenfold.worker.seeds import seed_process, set_random_state


def test_splitters_inside_an_estimator_are_seeded():
    inner, outer = StratifiedKFold(3, shuffle=True), RepeatedStratifiedKFold(n_splits=3)
    search = GridSearchCV(RandomForestClassifier(), {"max_depth": [1, 2]}, cv=inner)
    pipeline = make_pipeline(StandardScaler(), GridSearchCV(search, {"cv": [outer]}))
    set_random_state(pipeline, 5)
    assert (5, 5, 5) == (inner.random_state, outer.random_state, search.estimator.random_state)


def test_a_splitter_with_a_state_of_its_own_keeps_it():
    splitter = StratifiedKFold(3, shuffle=True, random_state=1)
    set_random_state(GridSearchCV(RandomForestClassifier(), {"max_depth": [1]}, cv=splitter), 5)
    assert 1 == splitter.random_state


def test_shared_generators_begin_anew():
    draws = []
    for _ in range(2):
        seed_process(3)
        draws.append((random.random(), np.random.random()))
    assert draws[0] == draws[1]


def test_a_process_may_begin_without_the_generators_of_numpy(run_python):
    """Newer versions of numpy import them when they are first asked for, as seeding does."""
    code = (
        "from evenfold.worker.process_state.guard import StateGuard\n"
        "guard = StateGuard(lambda: None)\n"
        "with guard.running('net'):\n    print('runs')"
    )
    done = run_python("-c", code)
    assert (0, "runs\n") == (done.returncode, done.stdout), done.stderr
