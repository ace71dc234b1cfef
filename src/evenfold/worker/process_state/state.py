"""The global state of this process: recorded once, set again for each fit, compared after it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Container, Dict, Iterator, List, Tuple, TypeVar

from evenfold.worker.process_state.imports import ImportWatch
from evenfold.worker.process_state.library_probes import library_probes
from evenfold.worker.process_state.namespaces import Change, Namespaces
from evenfold.worker.process_state.probes import Probe, same
from evenfold.worker.process_state.python_probes import python_probes

Result = TypeVar("Result")
# Probes with their recorded and their other values, and replaced names.
Suspended = Tuple[Dict[Probe, Tuple[Any, Any]], List[Change]]
# What a library may change when it is imported: it stays so, as it is in every program.
OF_IMPORTS = ("the environment variables", "the warnings filters", "logging levels", "sys.path",
              "sys.meta_path", "copyreg.dispatch_table", "the registered objects of Keras",
              "signal handlers", "matplotlib's settings", "the options of pandas")  # fmt: skip


class ProcessState:
    """Global state as it is when this object is made, apart from what imports add.

    A model may change what it wants while it runs. ``restore`` sets everything again that is known,
    and returns what it cannot set: the process is then not to be used for another fit.

    Parameters
    ----------
    left_out
        Names of probes of what others change in this process on purpose.
    """

    def __init__(self, left_out: Container[str] = ()) -> None:
        """Record the state of this process."""
        probes = [probe for probe in python_probes() if probe.name not in left_out]
        self._probes: dict[str, list[Probe]] = {"": probes}
        self._values: dict[int, Any] = {}
        self._before: dict[int, Any] = {}
        self._suspended: Suspended = {}, []
        self._left: list[str] = []
        # How many names of libraries have been put back so far.
        self.replaced_names = 0
        self._namespaces = Namespaces()
        self._add_libraries()
        self._namespaces.record()
        self.accept()

    def accept(self) -> None:
        """Take the present state as the one to restore."""
        self._values = self._read()

    def restore(self, with_names: bool = True) -> list[str]:
        """Set the recorded state again, and return what could not be set.

        Parameters
        ----------
        with_names
            Whether to look at the names that libraries define too, which takes longer: some 20 ms
            with scikit-learn, some 60 ms with TensorFlow.
        """
        left = [probe.name for probe in self._all() if not probe.restore(self._values[id(probe)])]
        if with_names:
            changes, left_names = self._namespaces.restore()
            self.replaced_names += len(changes)
            left += left_names
        return list(dict.fromkeys([*self._left, *left]))

    def run_clean(self, call: Callable[[], Result]) -> Result:
        """Call a function in the recorded state, and take what it changes into that state.

        What was changed before the call is as it was after it.
        """
        suspended = self._suspend()
        try:
            return call()
        finally:
            self._add_libraries()
            self._namespaces.record()
            self.accept()
            self._resume(suspended)
            self._before = self._read()

    def before_import(self) -> None:
        """Set the recorded state for the import of a library, which may copy some of it."""
        self._suspended = self._suspend()
        self._before = self._read()

    def after_import(self, name: str) -> None:
        """Take what the import of a library changed into the recorded state."""
        for probe in self._all():
            after = probe.value()
            before = self._before.get(id(probe), after)
            if same(before, after):
                continue
            if probe.name in OF_IMPORTS:
                self._values[id(probe)] = _merged(before, after, self._values[id(probe)])
            elif probe.name not in self._left:
                self._left.append(f"{probe.name}, by importing {name}")
        self._add_libraries()
        self._namespaces.record()
        self._resume(self._suspended)

    def _suspend(self) -> Suspended:
        """Restore the recorded state for a while, and return what was changed."""
        changed = {
            probe: (self._values[id(probe)], value)
            for probe in self._all()
            if not same(value := probe.value(), self._values[id(probe)])
        }
        for probe, (recorded, _) in changed.items():
            probe.restore(recorded)
        names, _ = self._namespaces.restore()
        return changed, names

    def _resume(self, suspended: Suspended) -> None:
        """Change again what was changed before ``_suspend``."""
        changed, names = suspended
        for probe, (before, value) in changed.items():
            probe.restore(_merged(before, value, self._values[id(probe)]))
        self._namespaces.repeat(names)

    def _add_libraries(self) -> None:
        for library, probes in library_probes(self._probes).items():
            self._probes[library] = probes
            self._values.update({id(probe): probe.value() for probe in probes})

    def _all(self) -> Iterator[Probe]:
        for probes in self._probes.values():
            yield from probes

    def _read(self) -> dict[int, Any]:
        return {id(probe): probe.value() for probe in self._all()}


@contextmanager
def unchanged_process() -> Iterator[None]:
    """Restore the environment, the working folder, replaced functions and the like at the end.

    For the harness, which runs a model's file to read its ``Model``: what the file changes reaches
    neither the harness nor the workers that it starts.
    """
    probes = [*python_probes(), *(p for of_one in library_probes(()).values() for p in of_one)]
    values = [(probe, probe.value()) for probe in probes]
    names = Namespaces()
    names.record()
    # A library that the file imports, and may then change, is recorded as it is imported.
    watch = ImportWatch((), _nothing, _nothing, lambda _: names.record())
    watch.install()
    try:
        yield
    finally:
        watch.remove()
        for probe, value in values:
            probe.restore(value)
        names.restore()


def _nothing() -> None:
    pass


def _merged(before: Any, after: Any, base: Any) -> Any:
    """Apply the change from one value to another to a third one."""
    if same(before, base):
        return after
    if isinstance(after, dict) and isinstance(before, dict) and isinstance(base, dict):
        merged = {k: v for k, v in base.items() if k in after or k not in before}
        changes = {k: v for k, v in after.items() if k not in before or not same(before[k], v)}
        return {**merged, **changes}
    if isinstance(after, list) and isinstance(before, list) and isinstance(base, list):
        added = [item for item in after if item not in before]
        removed = [item for item in before if item not in after]
        return [*added, *(item for item in base if item not in removed and item not in added)]
    return after
