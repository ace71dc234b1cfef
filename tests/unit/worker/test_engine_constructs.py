"""The compiled engine trains constructs of Keras as ``fit`` does, or leaves them to ``fit``."""

from __future__ import annotations

import pytest

from builders import ROOT
from builders.constructs import all_constructs, find_construct
from builders.engine_breakages import BREAKAGES

# Of different kinds: slots, state of a layer, what is left to fit, and random numbers.
HANDFUL = ["Adagrad", "BatchNormalization", "LSTM with dropout", "train_step of the plug-in's own"]
GROUPS = list(dict.fromkeys(construct.group for construct in all_constructs()))


@pytest.fixture
def comparison(tensorflow_framework, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import engine_comparison

    return engine_comparison


@pytest.mark.parametrize("name", HANDFUL)
def test_a_construct_is_trained_as_fit_does_and_a_broken_engine_is_caught(
    comparison, framework, name
):
    result = comparison.compare(find_construct(name), framework)
    assert result.status in ("equal", "left to fit", "not in this version"), result
    assert result.caught is (True if result.status == "equal" else None), result


@pytest.mark.slow(reason="trains a network from sixty seeds by each engine, and by a broken one")
def test_distributions_are_equal_and_those_of_a_broken_engine_are_not(comparison, framework):
    result = comparison.compare(find_construct("Dropout"), framework)
    assert result.status in ("equal", "left to fit"), result
    assert result.caught is (True if result.status == "equal" else None), result


@pytest.mark.slow(reason="trains two constructs of each group by both engines")
@pytest.mark.parametrize("group", GROUPS)
def test_constructs_of_a_group_are_not_wrong(comparison, framework, group):
    """The committed table is of all constructs: they take longer than all other tests together."""
    members = [each for each in all_constructs() if each.group == group and not each.is_random]
    sample = {each.name: each for each in members[:1] + members[-1:]}
    results = [comparison.compare(each, framework, break_too=False) for each in sample.values()]
    assert [] == [result for result in results if result.status == "wrong"]


def test_a_breakage_leaves_keras_as_it_was(tensorflow_framework):
    import keras

    classes = (
        keras.Model,
        keras.layers.Layer,
        keras.optimizers.Nadam,
        *keras.optimizers.SGD.__mro__,
    )
    before = [dict(vars(cls)) for cls in classes]
    for broken in BREAKAGES.values():
        with broken.patch():
            pass
    assert before == [dict(vars(cls)) for cls in classes]
