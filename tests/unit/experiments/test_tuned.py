"""The network that tunes itself: its budget, what it sees, what it learns, and rows it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from builders import ROOT
from builders.processes import FRAMEWORKS
from evenfold.plugins.folders import find_plugins
from evenfold.plugins.models import load_model
from evenfold.plugins.sources import read_sources
from evenfold.worker import checks
from evenfold.worker.device import without_framework
from evenfold.worker.plugin import load_module
from evenfold.worker.source_modules import SourceModules

NAME = "tuned_network"
FILE = ROOT / "experiments" / "tuned" / f"{NAME}.py"
SMALL = {"trials": 3, "inner_folds": 2, "members": 2, "random_state": 0}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As workers of a study have; on arrays so small, threads wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def tuned():
    return load_module(SourceModules(read_sources(FILE)))


@pytest.fixture
def trained(tuned, monkeypatch):
    """Notes, for every network that is trained, its rows and the number of its members."""
    seen = []

    class Noted(tuned.Network):
        def __init__(self, configurations, x, y, rng):
            seen.append((x.copy(), len(configurations)))
            super().__init__(configurations, x, y, rng)

    monkeypatch.setattr(tuned, "Network", Noted)
    return seen


def drawn(rows, features=4, classes=2, seed=0):
    """Rows of classes that lie apart along every feature."""
    y = np.arange(rows) % classes
    return np.random.default_rng(seed).normal(size=(rows, features)) + 1.5 * y[:, None], y


def ringed(rows, seed):
    """Two classes that no plane divides: inside a circle, and outside."""
    x = np.random.default_rng(seed).normal(size=(rows, 2))
    return x, (np.hypot(*x.T) > 1.2).astype(int)


@pytest.mark.slow(reason="every check of the contract tunes sixteen networks")
def test_it_keeps_the_contract():
    found = list(checks.check_model(load_model(NAME, FILE), without_framework()))
    assert [] == [outcome for outcome in found if outcome.result == checks.FAILED]
    assert len(checks.CHECKS) + 1 == len(found)
    assert {"for Keras models"} == {one.detail for one in found if one.result == checks.SKIPPED}


def test_it_is_no_built_in_model(built_in_files):
    """The default study does not pay for it: it is there for who names its folder."""
    assert NAME not in built_in_files
    assert [NAME] == list(find_plugins([FILE.parent]).files)


def test_it_imports_no_framework(run_python):
    code = (
        f"import sys; sys.path.insert(0, {str(FILE.parent)!r}); import {NAME} as t; import numpy\n"
        "x = numpy.arange(12.0)[:, None]\n"
        "t.TunedNetwork(trials=1, members=1).fit(x, x[:, 0] > 5).predict_proba(x)\n"
        f"print([name for name in {FRAMEWORKS!r} if name in sys.modules])"
    )
    done = run_python("-c", code)
    assert "[]" == done.stdout.strip(), done.stderr


def test_a_seed_decides_everything(tuned):
    """Same seed, same probabilities; another, others; numpy's own generator is left alone."""
    x, y = drawn(60)
    model = tuned.TunedNetwork(**SMALL)
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    first, again = (clone(model).fit(x, y) for _ in range(2))
    other = clone(model).set_params(random_state=1).fit(x, y)
    assert np.array_equal(before, np.random.get_state()[1])
    assert np.array_equal(first.predict_proba(x), again.predict_proba(x))
    assert first.trials_ == again.trials_
    assert not np.allclose(first.predict_proba(x), other.predict_proba(x), atol=1e-6)
    assert first.trials_[1] != other.trials_[1]


def test_the_budget_is_what_was_declared(tuned, trained):
    """Every configuration once a fold, then the members: no training more."""
    x, y = drawn(60)
    tuned.TunedNetwork(trials=5, inner_folds=3, members=4, random_state=0).fit(x, y)
    assert [5, 5, 5, 4] == [members for _, members in trained]
    assert (32, 5, 16) == (tuned.TRIALS, tuned.INNER_FOLDS, tuned.MEMBERS)
    assert {"trials": 32, "inner_folds": 5, "members": 16, "random_state": None} == (
        tuned.TunedNetwork().get_params()
    )


def test_inner_folds_leave_out_each_row_once(tuned, trained):
    """What a configuration is judged on, it was not trained on; the ensemble has every row."""
    x, y = drawn(61)
    tuned.TunedNetwork(**{**SMALL, "inner_folds": 4}).fit(x, y)
    *inner, (final, _) = trained
    every = {tuple(row) for row in x}
    left_out = [every - {tuple(row) for row in rows} for rows, _ in inner]
    assert 4 == len(left_out)
    assert every == set().union(*left_out)
    assert 61 == sum(map(len, left_out))
    assert np.array_equal(x, final)


def test_labels_without_meaning_are_not_learnt(tuned):
    """Were a judged row trained on, or a label seen, losses would be far below that of chance."""
    x, y = drawn(160, features=20)
    shuffled = np.random.default_rng(1).permutation(y)
    model = tuned.TunedNetwork(**{**SMALL, "inner_folds": 4})
    assert model.fit(x[:80], y[:80]).score(x[80:], y[80:]) > 0.9
    assert model.fit(x[:80], shuffled[:80]).score(x[80:], shuffled[80:]) < 0.65
    assert min(trial["log_loss"] for trial in model.trials_) > 0.9 * np.log(2)


def test_a_rows_probabilities_are_its_own(tuned, monkeypatch):
    """Neither the rows beside it, nor those predicted before, nor the blocks matter."""
    x, y = drawn(40)
    model = tuned.TunedNetwork(**SMALL).fit(x, y)
    alone = model.predict_proba(x[:5])
    model.predict_proba(x + 100)
    assert np.allclose(alone, model.predict_proba(np.vstack([x[:5], 1e6 * x]))[:5], atol=1e-12)
    monkeypatch.setattr(tuned, "BLOCK", 2)
    assert np.allclose(alone, model.predict_proba(x[:5]), atol=1e-12)


def test_the_chosen_configuration_has_the_least_inner_loss(tuned):
    x, y = drawn(120)
    model = tuned.TunedNetwork(**{**SMALL, "trials": 8}).fit(x, y)
    assert 8 == len(model.trials_)
    losses = [trial["log_loss"] for trial in model.trials_]
    assert {**model.chosen_, "log_loss": min(losses)} == model.trials_[int(np.argmin(losses))]
    assert min(losses) < losses[0]
    assert {**tuned.DEFAULT, "log_loss": losses[0]} == model.trials_[0]


def test_trials_are_drawn_from_the_declared_space(tuned):
    rng = np.random.default_rng(0)
    trials = [tuned.draw(rng) for _ in range(200)]
    for name, values in tuned.SEARCH_SPACE.items():
        found = [trial[name] for trial in trials]
        if isinstance(values, tuple):
            assert set(values) == set(found)
        else:
            assert values[0] <= min(found) < max(found) <= values[1]
            # Half of a log-uniform range lies below its geometric mean.
            assert 70 < sum(value < np.sqrt(np.prod(values)) for value in found) < 130


def test_it_is_logistic_regression_where_that_is_right(tuned):
    """On correlated features whose logit is linear, so that nothing does better."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 12)) @ rng.normal(size=(12, 12))
    y = (x / x.std(axis=0) @ rng.normal(size=12) + rng.logistic(size=1000) > 0).astype(int)
    budget = {"trials": 8, "inner_folds": 3, "members": 4, "random_state": 0}
    model = tuned.TunedNetwork(**budget).fit(x[:300], y[:300])
    linear = LogisticRegression(max_iter=1000).fit(x[:300], y[:300])
    reference = log_loss(y[300:], linear.predict_proba(x[300:]))
    assert log_loss(y[300:], model.predict_proba(x[300:])) < 1.1 * reference


def test_it_learns_what_no_plane_divides(tuned):
    model = tuned.TunedNetwork(**SMALL).fit(*ringed(300, seed=0))
    assert model.score(*ringed(300, seed=1)) > 0.9


def test_several_classes_by_their_own_names(tuned):
    x, y = drawn(150, classes=3)
    names = np.array(["cat", "ant", "bee"])[y]
    model = tuned.TunedNetwork(**SMALL).fit(x[:90], names[:90])
    assert ["ant", "bee", "cat"] == list(model.classes_)
    assert (60, 3) == model.predict_proba(x[90:]).shape
    assert np.allclose(1, model.predict_proba(x[90:]).sum(axis=1))
    assert model.score(x[90:], names[90:]) > 0.8


def test_a_small_class_makes_the_inner_folds_fewer(tuned, trained):
    x, _ = drawn(23)
    model = tuned.TunedNetwork(**{**SMALL, "inner_folds": 5}).fit(x, np.arange(23) >= 20)
    assert [3, 3, 3, 2] == [members for _, members in trained]
    assert 3 == len(model.trials_)


def test_a_class_of_one_row_leaves_nothing_to_search(tuned, trained):
    x, _ = drawn(12)
    model = tuned.TunedNetwork(**SMALL).fit(x, np.arange(12) == 7)
    assert [2] == [members for _, members in trained]
    assert [] == model.trials_
    assert tuned.DEFAULT == model.chosen_
    assert np.isfinite(model.predict_proba(x)).all()


@pytest.mark.parametrize("features", [1, 3000])
def test_one_feature_and_three_thousand(tuned, features):
    x, y = drawn(60, features=features)
    model = tuned.TunedNetwork(**{**SMALL, "trials": 1, "members": 1}).fit(x[:30], y[:30])
    assert model.score(x[30:], y[30:]) > 0.6


def test_constant_columns_and_rows_far_out_do_no_harm(tuned):
    """A column that is constant in training says nothing, and no number is too great to predict."""
    x, y = drawn(80)
    x = np.hstack([x, np.full((80, 2), [0.0, 7.0])])
    model = tuned.TunedNetwork(**SMALL).fit(x[:40], y[:40])
    assert model.score(x[40:], y[40:]) > 0.8
    assert np.isfinite(model.predict_proba(1e300 * x)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(20)}, r"rows of at least 2 classes, found 1 class: \[0\.\]"),
        ({"x": np.full((20, 4), np.nan)}, "NaN"),
        ({"x": np.full((20, 4), np.inf)}, "infinity"),
        ({"trials": 0}, "at least 1 trial, 2 inner_folds and 1 of members"),
        ({"inner_folds": 1}, "2 inner_folds"),
        ({"members": 0}, "1 of members"),
    ],
)
def test_what_cannot_be_trained_is_refused(tuned, change, message):
    x, y = drawn(20)
    budget = {key: value for key, value in change.items() if key not in "xy"}
    model = tuned.TunedNetwork(**{**SMALL, **budget})
    with pytest.raises(ValueError, match=message):
        model.fit(change.get("x", x), change.get("y", y))


def test_what_cannot_be_predicted_is_refused(tuned):
    x, y = drawn(20)
    model = tuned.TunedNetwork(**SMALL).fit(x, y)
    with pytest.raises(ValueError, match="expected 4 features, found 3"):
        model.predict_proba(x[:, :3])
    with pytest.raises(ValueError, match="NaN"):
        model.predict_proba(np.full((2, 4), np.nan))


def configurations(tuned):
    return [
        {**tuned.DEFAULT, "width": 8, "depth": 1},
        {**tuned.DEFAULT, "width": 16, "depth": 2},
    ]


def test_what_a_member_does_without_stays_zero(tuned):
    """Training moves neither units beyond its width nor, at depth 1, the second layer."""
    network = tuned.Network(configurations(tuned), *drawn(50), np.random.default_rng(0))
    first, second = network.weights["first"], network.weights["second"]
    assert (2, 4, 16) == first.shape
    assert first[0, :, :8].all()
    assert first[1].all()
    assert not first[0, :, 8:].any()
    assert not second[0].any()
    assert second[1].any()


def test_the_members_are_averaged(tuned):
    x, y = drawn(40)
    model = tuned.TunedNetwork(**SMALL).fit(x, y)
    first, second = model._ensemble.probabilities(x)
    assert not np.allclose(first, second, atol=1e-3)
    assert np.allclose((first + second) / 2, model.predict_proba(x))


OTHER = {
    "width": 8,
    "depth": 1,
    "clip": 1.0,
    "dropout": 0.0,
    "hidden_decay": 0.05,
    "linear_decay": 0.05,
    "learning_rate": 0.03,
    "label_smoothing": 0.0,
}


@pytest.mark.parametrize("name", OTHER)
def test_each_setting_matters_to_its_own_member_alone(tuned, name):
    assert set(OTHER) == set(tuned.SEARCH_SPACE)
    x, y = drawn(50)

    def probabilities(second):
        both = [tuned.DEFAULT, {**tuned.DEFAULT, **second}]
        return tuned.Network(both, x, y, np.random.default_rng(0)).probabilities(x)

    alike, varied = probabilities({}), probabilities({name: OTHER[name]})
    assert np.allclose(alike[0], varied[0], atol=1e-6)
    assert not np.allclose(alike[1], varied[1], atol=1e-3)


def test_decay_shrinks_the_linear_path(tuned):
    chosen = [{**tuned.DEFAULT, "linear_decay": decay} for decay in (2e-3, 2.0)]
    network = tuned.Network(chosen, *drawn(50), np.random.default_rng(0))
    free, decayed = np.abs(network.weights["linear"]).max(axis=(1, 2))
    assert free > 5 * decayed


def test_gradients_are_the_slopes_of_the_loss(tuned):
    """Against central differences, in one place of every array."""
    rng = np.random.default_rng(0)
    settings = {
        name: np.array([each[name] for each in configurations(tuned)])[:, None, None]
        for name in tuned.SEARCH_SPACE
    }
    weights = tuned.initial(settings, 5, 3, rng)
    weights = {name: a + 0.1 * rng.normal(size=a.shape) for name, a in weights.items()}
    x, scale = rng.normal(size=(2, 20, 5)), rng.integers(0, 2, (2, 20, 16)) * 2.0
    target = rng.dirichlet(np.ones(3), size=(2, 20))

    def loss():
        return -(target * np.log(tuned.forward(weights, x, scale)[-1])).sum() / 20

    found = tuned.gradients(weights, x, target, scale)
    assert set(weights) == set(found)
    for name, array in weights.items():
        place = tuple(rng.integers(size) for size in array.shape)
        at, step = array[place], 1e-6
        array[place] = at + step
        above = loss()
        array[place] = at - step
        below = loss()
        array[place] = at
        assert (above - below) / (2 * step) == pytest.approx(found[name][place], abs=1e-6), name
