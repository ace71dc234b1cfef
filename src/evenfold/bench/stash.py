"""What the hooks of a bench run keep in pytest's configuration."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from evenfold.bench.progress import BenchProgress
from evenfold.bench.session import BenchSession
from evenfold.render.progress import Line

SESSION = pytest.StashKey[BenchSession]()
STACK = pytest.StashKey[ExitStack]()
DESELECTED = pytest.StashKey[bool]()
PYTEST_SESSION = pytest.StashKey[pytest.Session]()
SILENCED = pytest.StashKey[bool]()
NOTHING_RAN = pytest.StashKey[bool]()
SELECTING = pytest.StashKey[bool]()
NOTES = pytest.StashKey[list[str]]()
PROGRESS = pytest.StashKey[BenchProgress]()
LINE = pytest.StashKey[Line]()
