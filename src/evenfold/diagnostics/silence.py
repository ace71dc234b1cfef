"""The codes that a user silences: by option, and by a setting of the project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evenfold.config import read_config
from evenfold.diagnostics.finding import require_codes


def silenced_codes(given: Sequence[str], root: Path) -> tuple[str, ...]:
    """Return the codes that are silenced by option and by ``[tool.evenfold] silence``.

    Parameters
    ----------
    given
        The codes of options.
    root
        The folder of the project.

    Raises
    ------
    UsageError
        A code is unknown.
    """
    codes = require_codes(given, "--silence")
    setting = require_codes(read_config(root).silence, "[tool.evenfold] silence")
    return tuple(sorted({*codes, *setting}))
