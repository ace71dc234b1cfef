"""The versions of a bisect when they are needed: their environments, and whether they can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from evenfold.bisect.request import BisectRequest
from evenfold.errors import EvenfoldError, PluginError, UsageError
from evenfold.plugins.folders import locate
from evenfold.plugins.sources import read_sources
from evenfold.race.revisions import sources_at_revision
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.model_info import read_model_infos
from evenfold.runtime.pool import WorkerConfig
from evenfold.runtime.version_environments import open_environment
from evenfold.worker.sources import Sources


@dataclass
class OpenVersions:
    """Opens each version of a bisect once.

    Parameters
    ----------
    request
        The bisect.
    folder
        A folder for files of other revisions.
    message
        Prints what is installed.
    """

    request: BisectRequest
    folder: Path
    message: Callable[[str], None]
    _open: dict[int, tuple[Interpreter, Sources]] = field(default_factory=dict, init=False)

    def open(self, place: int) -> tuple[Interpreter, Sources]:
        """Return the Python and the sources of a version. **Runs the model's file** in it.

        Raises
        ------
        UsageError, PluginError
            The environment cannot be found, installed or started, or does not load the model.
        """
        if place not in self._open:
            self._open[place] = self._opened(place)
        return self._open[place]

    @property
    def interpreters(self) -> dict[str, Interpreter]:
        """The environments that were opened, by name."""
        opened = (interpreter for interpreter, _ in self._open.values())
        return {str(one.name): one for one in opened if one.name is not None}

    def problem(self, place: int) -> str | None:
        """Return why a version cannot be measured; None if it can be."""
        try:
            self.open(place)
        except (UsageError, PluginError) as error:
            return one_line(error)
        return None

    def _opened(self, place: int) -> tuple[Interpreter, Sources]:
        request, spec = self.request, self.request.specs[place]
        interpreter = Interpreter()
        if spec.environment is not None:
            named = request.interpreters.get(spec.environment)
            interpreter = named or open_environment(spec.environment, request.root, self.message)
        file = locate(spec.model, dict(request.files))
        if spec.revision is None:
            sources = read_sources(file)
        else:
            sources, _ = sources_at_revision(file, spec.revision, self.folder)
        timeout = request.options.race_options.timeout
        read_model_infos({spec.model: sources}, WorkerConfig(interpreter, timeout))
        return interpreter, sources


def one_line(error: EvenfoldError) -> str:
    """Return the message of an error in one line of printable characters."""
    return "".join(c if c.isprintable() else " " for c in " ".join(str(error).split()))
