"""A table states which networks Keras' ``fit`` trained, and why."""

from __future__ import annotations

from types import SimpleNamespace

from evenfold.score.engine_notes import engine_notes


def notes_of(reasons):
    """The sentences on fits with these reasons by model; None is a fit that is not finished."""
    fits = [(f"{m}{i}", m, note) for m, notes in reasons.items() for i, note in enumerate(notes)]
    return engine_notes(
        [SimpleNamespace(key=key, model=model) for key, model, _ in fits],
        {key: SimpleNamespace(note=note) for key, _, note in fits if note is not None},
    )


def test_a_network_that_fit_trained_is_stated_with_the_reason():
    assert ["Keras' fit trained late instead of the compiled engine: its callbacks act between "
            "epochs."] == notes_of({"net": ["", ""],
                                    "late": 2 * ["its callbacks act between epochs"],
                                    "none": [None, None]})  # fmt: skip


def test_a_part_of_the_fits_is_counted():
    assert ["Keras' fit trained net instead of the compiled engine, in 1 of 2 fits: it fails."
            ] == notes_of({"net": ["", "it fails.", None]})  # fmt: skip
