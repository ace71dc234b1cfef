"""A whole gate: from a model's name to the comment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.config import read_config
from evenfold.errors import EvenfoldError
from evenfold.gate.announcement import gate_announcement
from evenfold.gate.base import find_change
from evenfold.gate.comment import remove_comment, write_comment, write_failure
from evenfold.plugins.models import find_models
from evenfold.runtime.cleanup import scratch

if TYPE_CHECKING:
    from evenfold.gate.options import GateOptions
    from evenfold.gate.result import GateResult
    from evenfold.race.progress import RaceMonitor
    from evenfold.render.progress import Tell
    from evenfold.score.progress import Progress


@dataclass(frozen=True)
class GateMonitor:
    """What a running gate calls: for each study, by the prefix of its messages, and for the race.

    ``tell`` is called with messages.
    """

    tell: Tell
    progress: Callable[[str], Progress]
    race: RaceMonitor


def compare_with_base(
    options: GateOptions,
    root: Path,
    tell: Tell,
    open_monitor: Callable[[], AbstractContextManager[GateMonitor]],
) -> tuple[GateResult, Path]:
    """Compare a model with that of the base, and write the comment.

    Parameters
    ----------
    options
        The options.
    root
        The project's folder.
    tell
        Called with what will run, before anything heavy is imported.
    open_monitor
        Opens what the running gate calls.

    Returns
    -------
    GateResult
        The result.
    Path
        The file of the comment.

    Raises
    ------
    EvenfoldError
        The model cannot be compared; the comment says why.
    """
    remove_comment(root)
    try:
        with scratch() as folder:
            files = find_models(options.folders, root).files
            named = (*options.folders, *read_config(root).models)
            change = find_change(
                options.spec, options.revision, files, folder, named, with_all_files=options.always
            )
            tell([gate_announcement(options, change, root)])
            # The first line is there before these are imported.
            from evenfold.gate.run import run_gate
            from evenfold.gate.texts import gate_text

            with open_monitor() as monitor:
                result = run_gate(options, change, root, monitor)
        return result, write_comment(result.model, gate_text(result, "markdown"), root)
    except EvenfoldError as error:
        write_failure(options.spec, str(error), root)
        raise
