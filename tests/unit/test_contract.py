"""The contract: what a plug-in knows, and what its value must be."""

from __future__ import annotations

import pytest

from evenfold import Model, Task
from evenfold.errors import PluginError


def build(task):
    return task


def test_two_classes_end_in_one_sigmoid_unit():
    """A binary network says the probability of class 1."""
    task = Task((30,), 2)
    assert (1, "sigmoid", "binary_crossentropy") == (
        task.output_units,
        task.output_activation,
        task.loss,
    )


@pytest.mark.parametrize("classes", [3, 10])
def test_several_classes_end_in_a_softmax_unit_each(classes):
    task = Task((30, 1), classes)
    assert (classes, "softmax", "sparse_categorical_crossentropy") == (
        task.output_units,
        task.output_activation,
        task.loss,
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"build": None}, r"build=\.\.\.\) must be a function of a Task, found None"),
        ({"layout": "cube"}, r"layout=\.\.\.\) must be one of flat, sequence, found 'cube'"),
        ({"epochs": 0}, r"epochs=\.\.\.\) must be a whole number of at least 1.*found 0"),
        ({"epochs": True}, "found True"),
        ({"epochs": 2.5}, "found 2.5"),
        ({"batch_size": -1}, r"batch_size=\.\.\.\) must be a whole number.*found -1"),
        (
            {"validation": 0.0},
            r"validation=\.\.\.\) must be a share above 0 and below 1.*found 0.0",
        ),
        ({"validation": 1.0, "epochs": 1}, "found 1.0"),
        ({"validation": "0.1", "epochs": 1}, "found '0.1'"),
        ({"validation": True, "epochs": 1}, "found True"),
        ({"validation": float("nan"), "epochs": 1}, "found nan"),
        ({"validation": 0.1}, "of a network with epochs, or None, found 0.1"),
        ({"callbacks": []}, r"callbacks=\.\.\.\) must be a function that returns a list"),
    ],
)
def test_a_bad_field_is_refused_by_name(fields, message):
    """The error names the field, what was expected and what was found."""
    with pytest.raises(PluginError, match=message):
        Model(**{"build": build, **fields})


def test_settings_vary_a_copy():
    model = Model(build, epochs=50)
    assert (100, 64, 50) == (
        model.with_settings({"epochs": 100}).epochs,
        model.with_settings({"batch_size": 64}).batch_size,
        model.epochs,
    )


def test_settings_keep_the_share_of_validation_rows():
    model = Model(build, epochs=2, validation=0.2).with_settings({"epochs": 5})
    assert (5, 0.2) == (model.epochs, model.validation)


def test_an_unknown_setting_is_refused():
    with pytest.raises(PluginError, match="no setting 'layers': settings are epochs and batch_"):
        Model(build, epochs=1).with_settings({"layers": 3})


def test_an_estimator_has_no_settings():
    with pytest.raises(PluginError, match="this model has no epochs"):
        Model(build).with_settings({"epochs": 3})


def test_a_model_cannot_be_changed():
    with pytest.raises(AttributeError):
        Model(build).epochs = 3
