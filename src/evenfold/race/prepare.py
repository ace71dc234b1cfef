"""Everything that the launches of a race need: resolved contenders, folds and environments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evenfold.contract import LAYOUTS, Layout
from evenfold.data import splits as protocols
from evenfold.data.datasets import Dataset
from evenfold.data.folds import make_fold
from evenfold.data.seeds import derive
from evenfold.data.splits import Split
from evenfold.errors import UsageError, WorkerError
from evenfold.race.contenders import Contender, resolve_contenders
from evenfold.race.launch_config import LaunchConfig
from evenfold.race.record import ContenderRecord, Race
from evenfold.race.request import RaceRequest, race_name
from evenfold.runtime import environment
from evenfold.runtime.bytecode import bytecode_folder, compile_packages, remove_bytecode
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import Environment, environment_name
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import SECONDS_TO_START, describe_interpreter
from evenfold.stats.metrics import compute_scores
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.worker.cores import available_cores
from evenfold.worker.fold_files import write_fold
from evenfold.worker.inference import REFERENCE
from evenfold.worker.protocol import PrepareResult


@dataclass(frozen=True)
class PreparedRace:
    """What launches need.

    Parameters
    ----------
    config
        What all launches share.
    contenders
        The resolved contenders, the reference first.
    environments
        The environment of each contender, by its name.
    accuracy
        Computes the accuracy of the probabilities in a worker's answer.
    """

    config: LaunchConfig
    contenders: Sequence[Contender]
    environments: Mapping[str, Environment]
    accuracy: Callable[[PrepareResult], float]


@contextmanager
def prepared_race(request: RaceRequest) -> Iterator[PreparedRace]:
    """Prepare a race in a folder that is removed after it.

    Raises
    ------
    UsageError
        The contenders cannot be raced on this machine with these settings.
    """
    if len(request.contenders) < 2:
        raise UsageError("a race has at least two contenders; the same one twice is a test of it")
    if request.settings.clock == "cpu":
        _require_one_core(request.settings.threads)
    with scratch() as folder:
        split = protocols.holdout(request.dataset)[0]
        contenders = _contenders(request, folder)
        config = LaunchConfig(
            settings=request.settings,
            folds=_write_folds(request.dataset, split, folder),
            n_classes=request.dataset.n_classes,
            seeds={
                contender.spec.model: derive(
                    request.settings.seed, contender.spec.model, split.name
                )
                for contender in contenders
            },
            timeout=request.timeout,
            staged=stage(folder / "worker"),
            folder=folder,
            bytecode=bytecode_folder(),
        )
        y, positive = request.dataset.y[split.test], request.dataset.positive

        def accuracy(answer: PrepareResult) -> float:
            predicted = np.array(answer["probabilities"])
            if predicted.shape != (len(y), request.dataset.n_classes):
                raise WorkerError(f"a worker answers probabilities of shape {predicted.shape}")
            return compute_scores(y, predicted, positive)["accuracy"]

        try:
            yield PreparedRace(config, contenders, _environments(request, contenders), accuracy)
        finally:
            # What was compiled of the worker's files is of no use without them.
            remove_bytecode(config.bytecode, folder)


def new_race(request: RaceRequest, prepared: PreparedRace) -> Race:
    """Return the race before its first launch."""
    path = REFERENCE if request.settings.measure == "predict" else None
    contenders = tuple(
        ContenderRecord(
            name=contender.name,
            spec=str(contender.spec),
            commit=contender.commit,
            digest=contender.sources.digest,
            path=path and (contender.spec.path or path),
            device="",
            environment=prepared.environments[contender.name].to_json(),
            repeats=0,
            accuracy=None,
            delay=contender.delay,
        )
        for contender in prepared.contenders
    )
    return Race(
        name=request.name or race_name(list(request.contenders), request.settings),
        machine=next(iter(prepared.environments.values())).machine,
        dataset=request.dataset.name,
        fingerprint=request.dataset.fingerprint,
        split="holdout",
        settings=request.settings,
        planned=FEWEST_LAUNCHES,
        judged=(),
        contenders=contenders,
        launches=(),
    )


def _require_one_core(threads: int) -> None:
    """Raise UsageError if contenders cannot share one core."""
    if threads > 1:
        raise UsageError("CPU time is raced on one core, with one thread: leave --threads out")
    if not available_cores():
        raise UsageError("this system keeps no process on a core: race by wall time, --clock wall")


def _contenders(request: RaceRequest, folder: Path) -> list[Contender]:
    contenders = resolve_contenders(
        request.contenders,
        request.files,
        request.interpreters,
        request.root,
        folder,
        request.sources,
    )
    return [
        replace(contender, delay=request.delays.get(contender.name, 0.0))
        for contender in contenders
    ]


def _write_folds(dataset: Dataset, split: Split, folder: Path) -> dict[Layout, Path]:
    """Write the arrays of a split in every layout; return the files by layout."""
    files: dict[Layout, Path] = {}
    for layout in LAYOUTS:
        fold = make_fold(dataset, split, layout)
        files[layout] = folder / f"{layout}.npz"
        write_fold(files[layout], fold)
    return files


def _environments(request: RaceRequest, contenders: Sequence[Contender]) -> dict[str, Environment]:
    """Return the environment of each contender; each interpreter is started once."""
    environments: dict[str | None, Environment] = {}
    for contender in contenders:
        interpreter = contender.interpreter
        if interpreter.name in environments:
            continue
        try:
            environments[interpreter.name] = _environment(request, interpreter)
        except UsageError as error:
            raise UsageError(f"{contender.name}: {error}") from error
    return {contender.name: environments[contender.interpreter.name] for contender in contenders}


def _environment(request: RaceRequest, interpreter: Interpreter) -> Environment:
    timeout = min(SECONDS_TO_START, request.timeout)
    variables = interpreter.variables(defaults={})
    info = describe_interpreter(interpreter.python, variables, timeout)
    if info["backend"]:
        packages = (info["backend"], "keras")
        compile_packages(interpreter.python, packages, variables, bytecode_folder())
    return environment.current_environment(
        info["backend"],
        threads=request.settings.threads,
        flags={**info["flags"], **interpreter.flags},
        root=request.root,
        name=interpreter.name or environment_name(info["backend"], info["versions"]),
        python=info["python"],
        versions=info["versions"],
    )
