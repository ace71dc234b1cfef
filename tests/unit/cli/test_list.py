"""What the command ``list`` says where devices cannot be listed."""

from __future__ import annotations

import pytest

from evenfold.cli import list as list_module
from evenfold.errors import UsageError


def test_a_framework_that_ends_its_process_is_an_error_in_a_sentence(monkeypatch):
    reports = [{"code": "ended its process: exit code 1"}]
    monkeypatch.setattr(list_module, "run_module", lambda module: iter(reports))
    expected = r"^no devices can be listed: the framework ended its process: exit code 1$"
    with pytest.raises(UsageError, match=expected):
        list(list_module._probe_devices())
