"""The first line of an upgrade, which comes before versions are installed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.commands import run_command
from evenfold.errors import UsageError
from evenfold.upgrade.announcement import upgrade_announcement
from evenfold.upgrade.options import UpgradeOptions


def options(before, after):
    return UpgradeOptions(before=before, after=after, models=("majority",), budget=60.0)


def test_versions_that_are_not_installed_yet_are_announced(tmp_path):
    text = upgrade_announcement(options("tf2.13", "tf2.15"), tmp_path)
    assert "in tf2.13 (installed first) and tf2.15 (installed first) on" in text
    assert text.endswith("2 races, 60 s or less each: majority")
    usual = upgrade_announcement(replace(options("tf2.13", "tf2.15"), budget=None), tmp_path)
    assert usual.endswith("2 races, 2 min or less each (5 min for fits of estimators): majority")


def test_an_environment_that_cannot_be_installed_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no environment 'old'"):
        upgrade_announcement(options("old", "tf2.15"), tmp_path)


def test_the_command_gets_as_far_as_to_install_them(tmp_path):
    result = run_command(
        "upgrade", "tf2.13", "tf2.15", "majority", cwd=tmp_path, PATH=str(tmp_path)
    )
    assert result.returncode == 2
    assert "tf2.13: installing it in" in result.stderr
    assert "install uv" in result.stderr
