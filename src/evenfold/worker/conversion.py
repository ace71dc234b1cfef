"""Conversions of models: a failure is a reason to skip, in one line, and converters are silent."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from contextlib import contextmanager, redirect_stderr
from typing import Any, Callable, Iterator, Sequence

import numpy as np

from evenfold.errors import EvenfoldError, Skip

MOST_CHARACTERS = 150
# Of TensorFlow, of JAX, and of every framework.
RUN_ERRORS = ("OpError", "XlaRuntimeError", "JaxRuntimeError", "MemoryError")
# What compilers put before the sentence that says what is wrong.
BEFORE_THE_SENTENCE = re.compile(r"^.*?\berror: ")
# What ONNX Runtime and XLA say in the middle of long lines.
LACKS = re.compile(r"No Op registered for \w+|No registered '\w+' OpKernel for \w+")


@contextmanager
def converting(converter: str) -> Iterator[None]:
    """Turn exceptions of a conversion into ``Skip``, and keep standard error silent.

    Parameters
    ----------
    converter
        What converts the model, for the reason: ``LiteRT``.

    Raises
    ------
    Skip
        Anything inside raised an exception: the converter does not support the model.
    """
    try:
        with _silent_stderr():
            yield
    except (Skip, EvenfoldError):
        raise
    # Converters raise exceptions of many kinds for what they do not support.
    except Exception as error:
        raise cannot_convert(converter, error) from error


def cannot_convert(converter: str, error: BaseException) -> Skip:
    """Return a ``Skip`` whose reason names the converter and says in one line what it lacks."""
    reason = f"{converter} cannot convert it: {type(error).__name__}: {_first_sentence(error)}"
    if len(reason) > MOST_CHARACTERS:
        reason = reason[: MOST_CHARACTERS - 3].rsplit(" ", 1)[0] + "..."
    return Skip(reason)


def _first_sentence(error: BaseException) -> str:
    """Return the first line that says what is wrong, without control characters."""
    lacks = LACKS.search(str(error))
    if lacks:
        return lacks.group()
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    errors = [line for line in lines if BEFORE_THE_SENTENCE.match(line)]
    line = BEFORE_THE_SENTENCE.sub("", errors[0]) if errors else (lines or ["no message"])[0]
    return " ".join("".join(one if one.isprintable() else " " for one in line).split())


def compiled_call(
    function: Callable[[np.ndarray], Any],
    to_numpy: Callable[[Any], np.ndarray],
    compiler: str,
    compiler_errors: Sequence[str] = (),
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function of a batch that is compiled when a batch of a new size comes.

    The function raises ``Skip`` where it cannot be compiled, and else what its run raises.

    Parameters
    ----------
    function, to_numpy
        From a batch to a tensor, and from a tensor to its values.
    compiler
        What compiles the function, for the reason.
    compiler_errors
        Names of the framework's errors that are the compiler's.
    """

    def run(x: np.ndarray) -> np.ndarray:
        try:
            return to_numpy(function(x))
        except Skip:
            raise
        # A model's own Python runs while it is compiled, and may raise anything.
        except Exception as error:
            if _is_of_a_run(error) and type(error).__name__ not in compiler_errors:
                raise
            raise cannot_convert(compiler, error) from error

    return run


def _is_of_a_run(error: Exception) -> bool:
    """Whether an error is of a compiled function that ran, and not of its compilation."""
    return any(base.__name__ in RUN_ERRORS for base in type(error).__mro__)


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Drop what this process writes to standard error, by C++ code too."""
    try:
        target = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
        original = os.dup(target)
    except (OSError, ValueError):  # there is no standard error
        yield
        return
    sys.stderr.flush()
    with tempfile.TemporaryFile() as sink, redirect_stderr(io.StringIO()):
        os.dup2(sink.fileno(), target)
        try:
            yield
        finally:
            os.dup2(original, target)
            os.close(original)
