"""Samples of ``experiments/scaling.py``: their order, their number, and no wrong ones."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from builders import ROOT
from builders.models import ESTIMATOR
from evenfold.bench.scaling_record import LeftOut
from evenfold.errors import FitError
from evenfold.worker.device import without_framework


@pytest.fixture
def sweep(monkeypatch):
    """The module, imported as the script does, with a simulated clock."""
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import cost_curves

    now = [0.0]
    monkeypatch.setattr(cost_curves, "perf_counter", lambda: now[0])
    return cost_curves, now


def curve(sweep, exponent, order, numbers=(10, 100, 1000, 10000), **more):
    module, now = sweep

    def sample(n, expected):
        order.append(n)
        now[0] += (n / 100) ** exponent
        return [(n / 100) ** exponent]

    return module.Curve("net", "epoch", "rows", numbers, sample, **more)


@pytest.mark.parametrize("seed", range(5))
def test_curves_take_turns_each_from_its_least_number_up(sweep, seed):
    samples = []

    def curve_of(model):
        def sample(n, expected):
            samples.append((model, n))
            return [n]

        return sweep[0].Curve(model, "epoch", "rows", (1, 2, 4), sample)

    curves = [curve_of(model) for model in "abc"]
    sweep[0].first_round(curves, 60.0, Random(seed))
    assert sorted(samples) != samples
    for cost_curve in curves:
        assert [1, 2, 4] == [n for model, n in samples if model == cost_curve.model]
        assert [1, 2, 4] == [point.median for point in cost_curve.series().points]


@pytest.mark.parametrize(("exponent", "measured"), [(1, (10, 100, 1000)), (2, (10, 100))])
def test_what_would_take_too_long_is_not_begun(sweep, exponent, measured):
    """Extrapolated: 10,000 would take 100 s, or with a square law 1,000 would."""
    order = []
    cost_curve = curve(sweep, exponent, order)
    sweep[0].first_round([cost_curve], 60.0, Random(0))
    assert list(measured) == order
    left = cost_curve.series().left_out
    assert [n for n in (10, 100, 1000, 10000) if n not in measured] == [out.n for out in left]
    assert "it would take 100 s, more than 60 s" in left[0].reason


def test_what_is_paid_once_is_not_thought_to_grow(sweep):
    """A second of tracing, and two epochs of a hundredth of a second each for ten rows."""
    module, now = sweep

    def sample(n, expected):
        now[0] += 1 + 2 * n / 1000
        return [n / 1000]

    cost_curve = module.Curve("net", "epoch", "rows", (10, 100, 1000), sample, units=2)
    assert cost_curve.expected(10) is None
    for n in (10, 100):
        cost_curve.measure(n, 60.0)
    assert 3.0 == pytest.approx(cost_curve.expected(1000))
    assert 1.2 == pytest.approx(cost_curve.expected(100))


def test_what_is_long_is_measured_once(sweep):
    order = []
    cost_curve = curve(sweep, 1, order)
    sweep[0].first_round([cost_curve], 1000.0, Random(0))
    sweep[0].more_rounds([cost_curve], 6, 1000.0, float("inf"), Random(1))
    assert {10: 7, 100: 7, 1000: 1, 10000: 1} == {n: order.count(n) for n in set(order)}


def test_a_further_round_is_in_any_order(sweep):
    orders = set()
    for seed in range(20):
        order = []
        cost_curve = curve(sweep, 1, order, (1, 2, 3))
        sweep[0].first_round([cost_curve], 1000.0, Random(0))
        sweep[0].more_rounds([cost_curve], 1, 1000.0, float("inf"), Random(seed))
        orders.add(tuple(order[3:]))
    assert 6 == len(orders)


def test_no_more_rounds_are_begun_when_time_is_over(sweep):
    order = []
    cost_curve = curve(sweep, 1, order)
    sweep[0].first_round([cost_curve], 1000.0, Random(0))
    sweep[0].more_rounds([cost_curve], 6, 1000.0, sweep[1][0], Random(1))
    assert 4 == len(order)


def test_the_first_of_what_has_to_be_warm_is_not_kept(sweep):
    cost_curve = curve(sweep, 1, [], warms=True)
    sweep[0].first_round([cost_curve], 1000.0, Random(0))
    assert [1000, 10000] == sorted(cost_curve.measured)
    sweep[0].more_rounds([cost_curve], 1, 1000.0, 0.0, Random(0))
    assert {10, 100, 1000, 10000} == set(cost_curve.measured)
    assert all(len(costs) == 1 for costs in cost_curve.measured.values())


def test_what_has_been_measured_is_not_left_out_afterwards(sweep):
    """Even if a smaller one fails later, or its first sample was long."""
    module, now = sweep
    failing = []

    def sample(n, expected):
        now[0] += n
        if n in failing:
            raise FitError("net: nothing was learnt")
        return [n / 1000]

    cost_curve = module.Curve("net", "epoch", "rows", (1, 2, 4), sample)
    module.first_round([cost_curve], 3.0, Random(0))
    failing.append(1)
    for n in (1, 2):
        cost_curve.measure(n, 0.5)
    assert [2, 4] == [point.n for point in cost_curve.series().points]
    assert [1] == [left.n for left in cost_curve.series().left_out]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_too_large_leaves_out_nothing_smaller_in_a_further_round(sweep, seed):
    """A batch of 1,000,000 rows that does not fit does not exclude one of ten."""
    order = []
    bound = {10000: "not measured: too large"}.get
    cost_curve = curve(sweep, 0, order, warms=True, bound=bound)
    sweep[0].first_round([cost_curve], 60.0, Random(seed))
    sweep[0].more_rounds([cost_curve], 2, 60.0, 100.0, Random(seed))
    assert [10, 100, 1000] == [point.n for point in cost_curve.series().points]
    assert [LeftOut(10000, "not measured: too large")] == list(cost_curve.series().left_out)


def test_a_point_whose_outputs_were_wrong_has_no_time(sweep):
    """Not even that of the samples before."""
    module, _ = sweep
    answers = iter([[1.0], FitError("net: function differs from predict by 0.1")])

    def sample(n, expected):
        answer = next(answers)
        if isinstance(answer, FitError):
            raise answer
        return answer

    cost_curve = module.Curve("net", "function", "rows", (1,), sample)
    cost_curve.measure(1, 60.0)
    cost_curve.measure(1, 60.0)
    assert () == cost_curve.series().points
    assert (LeftOut(1, "not measured: net: function differs from predict by 0.1"),) == (
        cost_curve.series().left_out
    )


@pytest.fixture
def timed(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import scaling_costs

    return scaling_costs


def test_rows_have_labels_that_depend_on_them_and_come_again(timed):
    x, y = timed.synthetic(2000, 30, 0)
    again, _ = timed.synthetic(2000, 30, 0)
    assert (x == again).all()
    assert abs(x.mean()) < 0.02
    assert x.std() == pytest.approx(1, abs=0.02)
    from sklearn.linear_model import LogisticRegression

    half = LogisticRegression().fit(x[:1000], y[:1000])
    assert half.score(x[1000:], y[1000:]) > 0.8


LAZY = ESTIMATOR.replace("return GaussianNB()", "return Lazy()").replace(
    "def build", """class Lazy:
    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        import numpy as np
        return np.full((len(x), 2), 0.5)

def build""")  # fmt: skip


def test_a_fit_after_which_all_rows_are_alike_has_no_time(timed, write_model):
    fits = timed.Training(write_model(LAZY), without_framework(), 0)
    with pytest.raises(FitError, match="mine: the same probabilities for every row"):
        fits.sample_rows(100, None)


FORGETS = ESTIMATOR.replace("return GaussianNB()", "return Forgets()").replace(
    "def build", """class Forgets:
    calls = 0

    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        import numpy as np
        self.calls += 1
        p = np.full((len(x), 1), 0.5 if self.calls < 3 else 0.6)
        return np.hstack([p, 1 - p])

def build""")  # fmt: skip


def test_predictions_that_are_not_those_of_the_reference_have_no_time(timed, write_model):
    rows, _ = timed.synthetic(100, 30, 0)
    inference = timed.Inference(write_model(FORGETS), without_framework(), rows, 0)
    sample = inference.sampler("predict")
    assert 1 == len(sample(10, None))
    with pytest.raises(FitError, match="predict gives probabilities that differ"):
        sample(10, None)


def test_a_training_that_changes_nothing_has_no_time(timed, network, framework):
    still = replace(network, model=replace(network.model, build=_frozen(network.model.build)))
    with pytest.raises(FitError, match="network: training changed no weight"):
        timed.Training(still, framework, 0).sample_epochs(1, None)


def _frozen(build):
    def frozen(task):
        model = build(task)
        model.optimizer.learning_rate = 0.0
        return model

    return frozen


def test_a_batch_that_needs_too_much_memory_is_not_predicted(timed, network, framework):
    rows, _ = timed.synthetic(10, 30, 0)
    inference = timed.Inference(network, framework, rows, 0)
    assert inference.too_large(1_000_000) is None
    assert "not measured: one batch would need about 32.0 GB" == inference.too_large(10**9)
