"""Each fit of a process runs as if it were the first: in the same state, in a folder of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Container, Iterator

from evenfold.worker.backends import BACKENDS
from evenfold.worker.child_processes import end_child_processes
from evenfold.worker.device import Framework, backend_name
from evenfold.worker.process_state.imports import ImportWatch
from evenfold.worker.process_state.keras_names import set_name_counters
from evenfold.worker.process_state.state import ProcessState
from evenfold.worker.scratch import scratch_folder
from evenfold.worker.seeds import LOADING_SEED, seed_frameworks, seed_process
from evenfold.worker.source_modules import activate, send_active_by_value


class StateGuard:
    """Runs models in this process, each from the state in which the process began.

    From ``install`` on, imports are watched.

    Parameters
    ----------
    open_framework
        Opens the framework with the settings of this process.
    left_out
        As for ``ProcessState``.
    """

    def __init__(
        self, open_framework: Callable[[], Framework], left_out: Container[str] = ()
    ) -> None:
        """Record the state of this process."""
        self.user_folder = Path(os.getcwd())
        self._open = open_framework
        self._framework: Framework | None = None
        self.state = ProcessState(left_out)
        self._watch = ImportWatch(
            _frameworks(), self._open_clean, self.state.before_import, self._after_import
        )
        self._watch.install()
        self.state.accept()
        self._runs: dict[str, int] = {}
        self._replaces: set[str] = set()
        self.last = ""

    def close(self) -> None:
        """Watch imports no longer."""
        self._watch.remove()

    def is_switch(self, model: str) -> bool:
        """Return whether the last run was of another model."""
        return model != self.last

    def open_framework(self) -> Framework:
        """Open the framework, once, in the state that the process began with.

        What the file of a model set before, such as environment variables, does not reach it: it
        is then the same in whichever order models run.
        """
        if self._framework is None:
            with self._watch.outermost(""):
                self._open_clean()
        assert self._framework is not None
        return self._framework

    @contextmanager
    def running(self, model: str, folder: Path | None = None) -> Iterator[None]:
        """Load and run a model in a scratch folder, from a known state; ``finish`` comes after.

        Parameters
        ----------
        model
            The model's name.
        folder
            Where to make the scratch folder; None is the system's folder of temporary files.
        """
        activate(None)
        self._watch.install()
        if model != self.last:
            end_child_processes()
            self.state.restore()
        self.last = model
        with scratch_folder(folder):
            set_name_counters({})
            seed_process(LOADING_SEED)
            yield

    def finish(self) -> list[str]:
        """Restore the state after a run, and return what cannot be restored.

        The names that libraries define are looked at after the first run of a model, the second,
        the fourth and so on, and always once a model has replaced one.
        """
        activate(None)
        model = self.last
        runs = self._runs[model] = self._runs.get(model, 0) + 1
        is_due = runs & (runs - 1) == 0 or model in self._replaces
        replaced = self.state.replaced_names
        left = self.state.restore(with_names=is_due)
        if self.state.replaced_names > replaced:
            self._replaces.add(model)
        return left

    def _after_import(self, name: str) -> None:
        self.state.after_import(name)
        send_active_by_value()

    def _open_clean(self) -> None:
        if self._framework is None:
            self._framework = self.state.run_clean(self._open)
        # A model that has been seeded already may import it.
        seed_frameworks()


def _frameworks() -> tuple[str, ...]:
    """Return the modules whose import opens the framework of this process."""
    name = backend_name()
    return () if name is None or name not in BACKENDS else (name, "keras")
