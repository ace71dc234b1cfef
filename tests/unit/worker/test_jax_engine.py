"""The compiled engine on JAX: convolutions as products, programs, batches of fits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.models import BLOCKS, ESTIMATOR, NETWORK
from builders.stateful_models import save_jobs
from evenfold import Fold
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.device import FITS_AT_ONCE
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.engines.jax import convolutions
from evenfold.worker.engines.jax.programs import FEWEST_ROWS, capacity
from evenfold.worker.serve import Server

TOLERANCE = 1e-5  # of a float32 sum in another order, relative to the sum of absolute terms


@pytest.fixture(scope="module", autouse=True)
def jax(framework):
    if framework.name != "jax":
        pytest.skip("of the compiled engine on JAX")
    return pytest.importorskip("jax")


@pytest.fixture(scope="module")
def fold(cancer, tutorial_split):
    from evenfold.data.folds import make_fold

    return make_fold(cancer, tutorial_split, "sequence")


@st.composite
def convolution(draw):
    """Rows, a kernel, and how they are convolved, with at least one output."""
    width, channels = draw(st.integers(1, convolutions.WIDEST)), draw(st.integers(1, 5))
    dilation = draw(st.integers(1, 3))
    steps = draw(st.integers((width - 1) * dilation + 1, 40))
    rng = np.random.RandomState(draw(st.integers(0, 10**6)))
    rows = rng.normal(size=(draw(st.integers(1, 4)), steps, channels)).astype(np.float32)
    kernel = rng.normal(size=(width, channels, draw(st.integers(1, 6)))).astype(np.float32)
    # Keras has either strides or dilation.
    stride = draw(st.integers(1, 3)) if dilation == 1 else 1
    return rows, kernel, stride, draw(st.sampled_from(["valid", "same"])), dilation


@settings(max_examples=12, deadline=None)
@given(convolution())
def test_a_product_of_slices_is_the_convolution_and_so_are_its_gradients(jax, case):
    rows, kernel, stride, padding, dilation = case

    def by_xla(rows, kernel):
        return jax.lax.conv_general_dilated(
            rows, kernel, (stride,), padding.upper(), rhs_dilation=(dilation,),
            dimension_numbers=("NWC", "WIO", "NWC"),
        )  # fmt: skip

    def by_products(rows, kernel):
        return convolutions.product(rows, kernel, stride, padding, dilation)

    expected, theirs = jax.vjp(by_xla, rows, kernel)
    outputs, ours = jax.vjp(by_products, rows, kernel)
    assert expected.shape == outputs.shape
    _, absolute = jax.vjp(by_xla, np.abs(rows), np.abs(kernel))
    pairs = [(outputs, expected, by_xla(np.abs(rows), np.abs(kernel)))]
    ones = np.ones(expected.shape, np.float32)
    pairs += list(zip(ours(ones), theirs(ones), absolute(ones), strict=True))
    for a, b, terms in pairs:
        assert np.all(np.abs(a - b) <= TOLERANCE * (np.asarray(terms) + 1))


def test_keras_convolves_by_products_inside_and_by_xla_outside(jax):
    import keras

    layers = keras.layers
    x = np.random.RandomState(0).normal(size=(3, 12, 4)).astype(np.float32)
    plain = {
        "narrow": layers.Conv1D(5, 2), "same": layers.Conv1D(5, 3, padding="same"),
        "strided": layers.Conv1D(5, 3, strides=2), "dilated": layers.Conv1D(5, 3, dilation_rate=2),
        "causal": layers.Conv1D(5, 3, padding="causal"),
    }  # fmt: skip
    others = {
        "grouped": layers.Conv1D(4, 2, groups=2), "wide": layers.Conv1D(5, 9),
        "channels first": layers.Conv1D(5, 2, data_format="channels_first"),
        "by channel": layers.DepthwiseConv1D(2),
    }  # fmt: skip
    before = jax.lax.conv_general_dilated
    for name, layer in {**plain, **others}.items():
        expected = layer(x)
        with convolutions.as_products():
            text = str(jax.make_jaxpr(layer.__call__)(x))
            outputs = layer(x)
        assert ("conv_general_dilated" in text) == (name in others), name
        np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)
    assert jax.lax.conv_general_dilated is before


def test_a_convolution_without_outputs_has_the_message_of_keras(jax):
    import keras

    with convolutions.as_products(), pytest.raises(ValueError, match="empty output"):
        keras.ops.conv(np.ones((2, 3, 1), np.float32), np.ones((4, 1, 2), np.float32))


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_arrays_have_room_for_all_rows_and_little_more(rows, row_bytes):
    size = capacity(rows, row_bytes)
    assert rows <= size
    assert size < 2 * rows or (size == FEWEST_ROWS and size * row_bytes <= 2**24)


@pytest.mark.slow(reason="the model is compiled for both engines")
def test_from_one_seed_dropout_draws_what_it_draws_in_fit(write_model, fold, framework):
    """Keras on JAX has the state of its generators among the variables."""
    plugin = write_model(BLOCKS.format(rate=0.5), "blocks")
    engine = compile_training(plugin, fold, framework)
    history = engine.fit(fold, 5, shuffle=False)
    fit = train.prepare(plugin, fold, 5, framework)
    expected = fit.model.fit(
        fit.x, fit.y, batch_size=32, epochs=3, shuffle=False, verbose=0
    ).history
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=0, atol=1e-5)


def test_a_program_is_for_all_training_parts_of_like_sizes(write_model, fold, framework):
    """Only the last, smaller batch is compiled for its number of rows."""
    engine = compile_training(
        write_model(NETWORK.replace("epochs=3", "epochs=1")), flat(fold), framework
    )
    programs = engine._programs
    for rows in (70, 71, 96, 31, 70):
        history = engine.fit(flat(fold, rows), 1)
        assert np.isfinite(history["loss"]).all()
    assert 1 == programs._epoch._cache_size()
    # One row in the check; 6, 7 and 31 here; 96 has none left.
    assert 4 == programs.last_batch._cache_size()


def flat(fold, rows=None):
    x = fold.x_train[:rows, :, 0]
    from evenfold import Task

    return Fold(Task(x.shape[1:], 2), "flat", x, fold.y_train[:rows], fold.x_test[:, :, 0])


def weights(engine):
    return [np.array(weight) for weight in engine.model.get_weights()]


def begun(engine, folds, numbers):
    return [engine.begin(folds[number], 4 + number) for number in numbers]


@pytest.mark.slow(reason="programs are compiled for one fit and for three")
def test_a_fit_does_not_depend_on_those_that_are_trained_with_it(write_model, fold, framework):
    """Nor on how many they are: a batch has one shape. Alone, sums round otherwise."""
    plugin = write_model(BLOCKS.format(rate=0.5), "blocks")
    engine = compile_training(plugin, fold, framework)
    folds = [flipped(fold, number) for number in range(3)]
    watched = [part.x_test[:6].astype(np.float32) for part in folds]
    histories, states, outputs = [], [], []
    for history in engine.fit_together(begun(engine, folds, [0, 1, 2]), 3, watched=watched):
        histories.append(history)
        states.append(weights(engine))
        outputs.append(engine.outputs)
    for others, place in (([2, 1], 1), ([1], 0), ([1, 1, 0], 1)):
        runs = engine.fit_together(begun(engine, folds, others), 3)
        again = next(history for number, history in enumerate(runs) if number == place)
        assert histories[1] == again
        assert all(map(np.array_equal, states[1], weights(engine)))
    alone = engine.fit(folds[1], 5, watched=watched[1])
    np.testing.assert_allclose(histories[1]["loss"], alone["loss"], rtol=1e-4)
    np.testing.assert_allclose(outputs[1], engine.outputs, rtol=0, atol=1e-4)
    for ours, theirs in zip(states[1], weights(engine), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)


def test_fits_of_unequal_sizes_are_not_trained_at_once(write_model, fold, framework):
    engine = compile_training(write_model(NETWORK), flat(fold), framework)
    fits = [engine.begin(flat(fold, rows), 1) for rows in (40, 41)]
    with pytest.raises(Skip, match="equally many rows"):
        next(engine.fit_together(fits, 2))


def flipped(fold, number):
    """Another fold of as many rows."""
    rows = np.random.RandomState(number).permutation(len(fold.x_train))
    return Fold(fold.task, fold.layout, fold.x_train[rows], fold.y_train[rows], fold.x_test)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A worker that trains three fits at once; a process can have one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FITS_AT_ONCE, "3")
        yield Server(None, False, tmp_path_factory.mktemp("server"))


@pytest.mark.slow(reason="programs are compiled for one fit and for three")
def test_a_worker_trains_the_fits_that_follow_with_the_first(server, tmp_path):
    """Each has the bits that it has with others, and alone at the end of a study."""
    jobs = save_jobs(tmp_path, {"net": NETWORK, "bayes": ESTIMATOR}, fits=4)
    fits = jobs["net"]
    answers = [
        server.answer({"do": "fit", **job, "ahead": fits[number + 1 :]})
        for number, job in enumerate(fits[:3])
    ]
    assert {"compiled"} == {answer["engine"] for answer in answers}
    assert {} == server.fits.ahead
    for job, answer in zip(fits, answers, strict=False):
        alone = server.answer({"do": "fit", **job, "ahead": []})
        assert answer["probabilities"] == alone["probabilities"]
        assert answer["history"] == alone["history"]
    for job in ({**fits[0], "engine": "keras"}, jobs["bayes"][0]):
        answer = server.answer({"do": "fit", **job, "ahead": []})
        assert answer["engine"] in ("keras", "estimator")


@pytest.mark.slow(reason="programs are compiled for one fit and for three")
def test_a_fit_that_fails_fails_for_its_own_reason(server, tmp_path):
    """One that would be trained with it does not."""
    text = NETWORK.replace("    import keras\n", FAILS_FOR_SEED_3, 1)
    good, bad = save_jobs(tmp_path, {"net": text}, fits=4)["net"][2:]
    first = server.answer({"do": "fit", **good, "ahead": [bad]})
    assert "no such seed" in server.answer({"do": "fit", **bad, "ahead": []})["failed"]
    again = server.answer({"do": "fit", **good, "ahead": []})
    assert "compiled" == first["engine"]
    assert first["probabilities"] == again["probabilities"]


# Python's generator is seeded for each build.
FAILS_FOR_SEED_3 = """    import keras, random
    if random.random() == random.Random(3).random():
        raise ValueError("no such seed")
"""
