"""What the command ``list`` says where devices cannot be listed."""

from __future__ import annotations

import pytest

from evenfold.cli import list as list_module
from evenfold.errors import UsageError
from evenfold.plugins.stated_kind import states_network


def test_a_framework_that_ends_its_process_is_an_error_in_a_sentence(monkeypatch):
    reports = [{"code": "ended its process: exit code 1"}]
    monkeypatch.setattr(list_module, "run_module", lambda module: iter(reports))
    expected = r"^no devices can be listed: the framework ended its process: exit code 1$"
    with pytest.raises(UsageError, match=expected):
        list(list_module._probe_devices())


NESTED = {"unary": "x = " + "-" * 200_000 + "1\n", "lambda": "x = " + "lambda: " * 100_000 + "1\n"}


@pytest.mark.parametrize("kind", NESTED)
def test_a_source_that_is_nested_too_deeply_cannot_be_read(tmp_path, kind):
    """The parser runs out of its own stack, or of memory; other files are listed all the same."""
    file = tmp_path / "odd.py"
    file.write_text(NESTED[kind])
    assert list_module._first_line(file).startswith("cannot be read: ")
    assert states_network(file) is None
