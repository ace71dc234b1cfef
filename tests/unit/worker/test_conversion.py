"""Conversions that fail: one line of reason, no noise, and no failure of a run is one."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from evenfold.errors import FitError, Skip
from evenfold.worker.conversion import compiled_call, converting

MLIR = """Could not translate MLIR to FlatBuffer./ops.py:551:1: error: 'tf.Placeholder' op is \
neither a custom op nor a flex op
          values = ops.convert_to_tensor(
^
/site/python/trace.py:183:1: note: called from
"""


class ConverterError(Exception):
    """As TensorFlow's."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConverterError(MLIR), "ConverterError: 'tf.Placeholder' op is neither a custom op nor a"),
        (ValueError("\n\n  first\x1b[31m line \nsecond"), "ValueError: first [31m line"),
        (KeyError("a"), "KeyError: 'a'"),
        (RuntimeError(), "RuntimeError: no message"),
        (
            ValueError("No Op registered for Lookup with 15"),
            "ValueError: No Op registered for Lookup",
        ),
        (AssertionError("word " * 99), "AssertionError: word word"),
        (AssertionError("w" * 999), "AssertionError:"),
    ],
)
def test_an_exception_of_a_conversion_is_a_reason_of_one_line(error, reason):
    with pytest.raises(Skip) as skipped, converting("LiteRT"):
        raise error
    text = str(skipped.value)
    assert text.startswith(f"LiteRT cannot convert it: {reason}")
    assert len(text) <= 150
    assert text.isprintable()


@pytest.mark.parametrize("error", [Skip("not installed"), FitError("of another kind")])
def test_what_is_no_failure_of_the_converter_stays(error):
    with pytest.raises(type(error), match=f"^{error}$"), converting("LiteRT"):
        raise error


def test_ctrl_c_ends_a_conversion():
    with pytest.raises(KeyboardInterrupt), converting("LiteRT"):
        raise KeyboardInterrupt


def test_converters_are_silent_and_others_are_not(capfd):
    with converting("LiteRT"):
        print("of Python", file=sys.stderr)
        os.write(2, b"of C++")
    os.write(2, b"after")
    assert "after" == capfd.readouterr().err


class OpError(Exception):
    """As the base of TensorFlow's errors."""


class InvalidArgumentError(OpError):
    """As TensorFlow's."""


def raising(error):
    def function(x):
        raise error

    return function


@pytest.mark.parametrize(
    ("error", "errors", "expected"),
    [
        (InvalidArgumentError("a row"), (), InvalidArgumentError),
        (InvalidArgumentError("no kernel"), ("InvalidArgumentError",), Skip),
        (MemoryError("of 1 GB"), ("InvalidArgumentError",), MemoryError),
        (TypeError("a tensor is no bool"), (), Skip),
        (Skip("for networks"), (), Skip),
    ],
)
def test_errors_of_a_compiler_are_reasons_and_those_of_a_run_are_not(error, errors, expected):
    run = compiled_call(raising(error), np.asarray, "XLA", errors)
    with pytest.raises(expected, match=str(error)):
        run(np.zeros(1))
