"""The command that runs a module of evenfold in another process."""

from __future__ import annotations

import sys

# Python puts the working folder first on its path: a user's random.py there is no module of ours.
RUN = (
    "import sys; sys.path[:1] == [''] and sys.path.pop(0); from runpy import run_module; "
    "sys.argv[0] = {module!r}; run_module({module!r}, run_name='__main__')"
)


def module_command(module: str, *arguments: str) -> list[str]:
    """Return the command of a module as ``python -m``, without modules of the working folder.

    Python has ``-P`` for that from 3.11 on.
    """
    return [sys.executable, "-c", RUN.format(module=module), *arguments]
