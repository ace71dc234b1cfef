"""Messages of foreign errors are short, and there is one whatever the error does."""

from __future__ import annotations

import pytest

from evenfold.worker.error_text import describe_error, error_message, shorten


class WithoutTextError(Exception):
    def __str__(self):
        raise SystemExit


def test_an_error_whose_message_fails_has_one():
    assert "WithoutTextError: its message cannot be shown: its __str__ raised SystemExit" == (
        describe_error(WithoutTextError())
    )


def test_an_error_without_a_message_is_its_type():
    assert "KeyboardInterrupt" == describe_error(KeyboardInterrupt())


@pytest.mark.parametrize("text", ["", "one", "a\nb", "x" * 1000, "\n".join("abcdefgh")])
def test_a_short_message_is_unchanged(text):
    assert text == error_message(ValueError(text))


@pytest.mark.parametrize("text", ["x" * 10**7, "x\n" * 1000, "\n" * 10**6, "é" * 1001])
def test_a_long_message_is_shortened(text):
    short = shorten(text)
    assert len(short) <= 1010
    assert len(short.splitlines()) <= 9


def test_the_end_of_a_long_message_is_kept():
    """Frameworks put the cause there."""
    assert shorten("config " * 10**5 + "cause: no such layer").endswith("cause: no such layer")
    assert shorten("frame\n" * 100 + "cause").endswith("frame\nframe\ncause")
