"""The contract suite: built-in models pass, and each check fails a model broken on purpose."""

from __future__ import annotations

import re

import pytest

from builders.broken_models import BROKEN, TWO_CLASSES, UNUSABLE
from builders.models import BUILT_IN, CHEAP, NETWORK
from evenfold.errors import Skip
from evenfold.plugins.models import load_model
from evenfold.worker import checks, inference
from evenfold.worker.fresh_fits import FreshFits


def outcomes(plugin, framework, *names):
    return list(checks.check_model(plugin, framework, names or None))


@pytest.mark.slow(reason="every check trains, and some networks train for seconds")
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_built_in_model_keeps_the_contract(built_in_files, framework, name):
    """Skipped with a reason counts, for input that is too small and checks of networks."""
    results = outcomes(load_model(name, built_in_files[name]), framework)
    assert [] == [outcome for outcome in results if outcome.result == checks.FAILED]
    assert len(checks.CHECKS) + 1 == len(results)
    assert all(outcome.detail for outcome in results if outcome.result == checks.SKIPPED)


def test_every_check_has_a_model_that_fails_it():
    assert {check.__name__ for check in checks.CHECKS} == set(BROKEN)


@pytest.mark.parametrize("check", sorted(BROKEN))
def test_a_model_broken_on_purpose_fails_with_its_own_message(write_model, framework, check):
    text, message = BROKEN[check]
    built, results = outcomes(write_model(text, "broken"), framework, check)
    assert (checks.BUILDS, checks.PASSED, "") == (built.check, built.result, built.detail)
    assert (check, checks.FAILED) == (results.check, results.result)
    assert re.search(message, results.detail), results.detail


@pytest.mark.parametrize(
    "name", ["raises_in_build", "returns_none", "not_compiled", "wrong_output"]
)
def test_what_cannot_be_built_has_that_outcome_alone(write_model, framework, name):
    text, message = UNUSABLE[name]
    (only,) = outcomes(write_model(text, "broken"), framework)
    assert (checks.BUILDS, checks.FAILED) == (only.check, only.result)
    assert re.search(r"model broken \(.*broken\.py\): " + message, only.detail), only.detail


def test_a_model_that_skips_itself_is_skipped_with_its_reason(write_model, framework):
    text = "from evenfold import Model, Skip\ndef build(task):\n    raise Skip('not today')\n"
    (only,) = outcomes(write_model(text + "MODEL = Model(build)\n"), framework)
    assert (checks.SKIPPED, "not today") == (only.result, only.detail)


def test_a_network_of_one_output_is_harmless_for_two_classes(write_model, framework):
    """Studies refuse it on more classes, so that checks of more do not apply to it."""
    names = ("rows_sum_to_1", "several_classes")
    _, *results = outcomes(write_model(TWO_CLASSES), framework, *names)
    assert [checks.SKIPPED, checks.SKIPPED] == [result.result for result in results]
    assert {"harmless for data of two classes"} == {
        result.detail.partition(":")[0] for result in results
    }


def test_a_long_error_is_cut_to_its_cause(write_model, framework, monkeypatch):
    def save_and_load(subject):
        raise TypeError(f"config={'x ' * 999} Exception encountered: no class\n'Fft'. {'y ' * 999}")

    monkeypatch.setattr(checks, "CHECKS", [save_and_load])
    _, result = outcomes(write_model(CHEAP, "cheap"), framework)
    assert result.detail.startswith("raised TypeError: no class 'Fft'. y y")
    assert result.detail.endswith(" y...")
    assert 330 > len(result.detail)


def test_fits_in_a_process_of_their_own_outlive_the_folder_of_their_start(
    write_model, flat_fold, tmp_path, monkeypatch
):
    """The working folder of the check is that of a model, which is removed after it."""
    start = tmp_path / "start"
    start.mkdir()
    models = [write_model(CHEAP, name) for name in ("one", "two")]
    with FreshFits() as fits:
        monkeypatch.chdir(start)
        first = fits.predictions(models[0], flat_fold, 0)
        monkeypatch.chdir(tmp_path)
        start.rmdir()
        assert (first == fits.predictions(models[1], flat_fold, 0)).all()


def declared(**reasons):
    return f"epochs=3, expected_failures={reasons!r}"


def test_an_expected_failure_is_reported_with_its_reason(write_model, framework):
    text = BROKEN["same_seed_same_weights"][0].replace(
        "epochs=3", declared(same_seed_same_weights="starts anywhere")
    )
    _, results = outcomes(write_model(text), framework, "same_seed_same_weights")
    assert checks.EXPECTED == results.result
    assert results.detail.startswith("starts anywhere (expected the same initial weights")


def test_an_expected_failure_that_passes_is_a_failure(write_model, framework):
    """A declaration that is no longer true does not stay."""
    text = NETWORK.replace("epochs=3", declared(finite="it diverges"))
    _, results = outcomes(write_model(text), framework, "finite")
    assert (checks.FAILED, "passes, though expected_failures says that it fails") == (
        results.result,
        results.detail,
    )


def test_an_expected_failure_of_an_unknown_check_fails(write_model, framework):
    text = NETWORK.replace("epochs=3", declared(colour="blue"))
    (only,) = outcomes(write_model(text), framework)
    assert "expected_failures names no check 'colour': there are output_shape" in only.detail


# What Keras warns about here is what is tested.
@pytest.mark.filterwarnings("ignore:The `lr` argument is deprecated")
def test_lr_is_caught_where_keras_ignores_it(write_model, framework):
    """Keras 3 refuses ``lr=``, TensorFlow 2.8 takes it, those between warn and ignore it."""
    import keras

    text = NETWORK.replace("learning_rate=0.01", "lr=0.01")
    built, *rest = outcomes(write_model(text), framework, "learning_rate")
    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    if version >= (3, 0):
        assert (checks.FAILED, True) == (built.result, "build raised" in built.detail)
    elif version >= (2, 11):
        assert (
            "expected learning rate 0.01 as given to the optimizer, found 0.001" == rest[0].detail
        )
    else:
        assert checks.PASSED == rest[0].result


def test_paths_that_a_model_has_not_are_noted_by_a_passed_check(network, framework, monkeypatch):
    """What LiteRT cannot convert has changed no weight."""
    prepare = inference.prepare_path

    def unsupported(path, *arguments):
        if path not in ("predict", "call"):
            raise Skip("no compiler" if path in ("function", "xla") else "not supported")
        return prepare(path, *arguments)

    monkeypatch.setattr(inference, "prepare_path", unsupported)
    found = outcomes(network, framework, "inference_keeps_weights")
    expected = (
        "without function, xla: no compiler; "
        "without litert, litert_float16, litert_int8, onnx, savedmodel: not supported"
    )
    assert [("passed", ""), ("passed", expected)] == [(o.result, o.detail) for o in found]
