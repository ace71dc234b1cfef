"""What a framework sees, asked of itself in a process of its own."""

from __future__ import annotations

from evenfold.errors import EvenfoldError
from evenfold.worker.answers import take_stdout
from evenfold.worker.device import KINDS, open_framework


def main() -> None:
    """Says ``{"kind", "names", "missing"}`` for each kind of device."""
    say = take_stdout()
    try:
        framework = open_framework()
    except EvenfoldError as error:
        say({"error": str(error)})
        return
    for kind in KINDS:
        names = framework.devices(kind)
        say({"kind": kind, "names": names, "missing": None if names else framework.missing(kind)})


if __name__ == "__main__":
    main()
