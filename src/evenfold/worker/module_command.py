"""The command that runs a module of evenfold in another process."""

from __future__ import annotations

import sys
from pathlib import Path

# Python puts the working folder first on its path: a user's random.py there is no module of ours.
# evenfold itself may lie there, in a checkout that is not installed.
RUN = (
    "import sys; sys.path[:1] == [''] and sys.path.pop(0); "
    "{place!r} in sys.path or sys.path.append({place!r}); from runpy import run_module; "
    "sys.argv[0] = {module!r}; run_module({module!r}, run_name='__main__')"
)
PLACE = str(Path(__file__).resolve().parents[2])


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command of a module as ``python -m``, without modules of the working folder.

    Python has ``-P`` for that from 3.11 on.
    """
    return [sys.executable, "-c", RUN.format(module=module, place=PLACE), *arguments]
