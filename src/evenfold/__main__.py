"""``evenfold`` and ``python -m evenfold``: the command line, from its first import on."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def run() -> None:
    """Run the command line; Ctrl-C ends it in a sentence while it is still imported, too."""
    try:
        from evenfold.cli.main import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("evenfold: interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    run()
