"""What is asked of a race, and everything that its launches are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from evenfold.contract import LAYOUTS, Layout
from evenfold.data import splits as protocols
from evenfold.data.datasets import Dataset
from evenfold.data.folds import make_fold
from evenfold.data.seeds import derive
from evenfold.data.splits import Split
from evenfold.errors import UsageError
from evenfold.race.budget import default_budget
from evenfold.race.contenders import Contender, Spec, resolve
from evenfold.race.launch import Course
from evenfold.race.launches import Entered
from evenfold.race.record import CPU, WALL, Race, Runner
from evenfold.runtime import environment
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import Environment, environment_name
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import SECONDS_TO_START, describe_interpreter
from evenfold.stats.metrics import compute_scores
from evenfold.stats.race_ratios import FEWEST_LAUNCHES, MARGIN
from evenfold.worker.cores import available
from evenfold.worker.inference import REFERENCE
from evenfold.worker.protocol import Clock, Measure, PrepareResult

SECONDS_TO_ANSWER = 600.0
LONGEST_NAME = 80
Environments = dict[str, Environment]  # by contender


@dataclass(frozen=True)
class Request:
    """What a user asks for: contenders by name, the first the reference.

    ``files`` are models by name, ``interpreters`` environments by name beside those found from
    ``root``. ``budget`` is in seconds, None for as many as are usual; ``timeout`` seconds that a
    worker may take for an answer; ``delays`` shares that are added to contenders' times. ``clock``
    is wall or cpu. ``rows`` is for predictions alone. Without ``name`` the race is called after its
    contenders.
    """

    contenders: Mapping[str, Spec]
    dataset: Dataset
    files: dict[str, Path]
    root: Path
    seed: int
    measure: Measure = "epoch"
    clock: Clock = WALL
    rows: int | None = None
    budget: float | None = None
    margin: float = MARGIN
    threads: int = 1
    timeout: float = SECONDS_TO_ANSWER
    results: Path | None = None
    name: str | None = None
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """The budget."""
        return self.budget or default_budget(self.measure, len(self.contenders))


def name_of(contenders: Sequence[str], measure: str, clock: str = WALL) -> str:
    """What a race is called unless it is given a name: fit for a file's."""
    first, *others = (re.sub(r"\W+", "-", name).strip("-") for name in contenders)
    rest = others[0] if len(others) == 1 else f"{len(others)}-others"
    what = measure if clock == WALL else f"{measure}-{clock}"
    return f"{first[:LONGEST_NAME]}-vs-{rest[:LONGEST_NAME]}-{what}"


@contextmanager
def entered(request: Request) -> Iterator[tuple[Entered, Environments]]:
    """Everything that launches need, in a folder that goes with the race."""
    if len(request.contenders) < 2:
        raise UsageError("a race has at least two contenders; the same one twice is a test of it")
    if request.clock == CPU:
        _require_one_core(request.threads)
    with scratch() as folder:
        split = protocols.holdout(request.dataset)[0]
        found = resolve(
            request.contenders, request.files, request.interpreters, request.root, folder
        )
        contenders = [
            replace(contender, delay=request.delays.get(contender.name, 0.0)) for contender in found
        ]
        course = Course(
            measure=request.measure,
            clock=request.clock,
            rows=request.rows,
            threads=request.threads,
            folds=_folds(request.dataset, split, folder),
            n_classes=request.dataset.n_classes,
            seeds={
                contender.spec.model: derive(request.seed, contender.spec.model, split.name)
                for contender in contenders
            },
            timeout=request.timeout,
            staged=stage(folder / "worker"),
            folder=folder,
        )
        y, positive = request.dataset.y[split.test], request.dataset.positive

        def accuracy(answer: PrepareResult) -> float:
            return compute_scores(y, np.array(answer["probabilities"]), positive)["accuracy"]

        yield Entered(course, contenders, accuracy), _environments(request, contenders)


def _require_one_core(threads: int) -> None:
    """Raises UsageError where contenders cannot share one core."""
    if threads > 1:
        raise UsageError("CPU time is raced on one core, with one thread: leave --threads out")
    if not available():
        raise UsageError("this system keeps no process on a core: race by wall time, --clock wall")


def _folds(dataset: Dataset, split: Split, folder: Path) -> dict[Layout, Path]:
    files = {}
    for layout in LAYOUTS:
        fold = make_fold(dataset, split, layout)
        files[layout] = folder / f"{layout}.npz"
        np.savez(files[layout], x_train=fold.x_train, y_train=fold.y_train, x_test=fold.x_test)
    return files


def _environments(request: Request, contenders: Sequence[Contender]) -> Environments:
    """What each contender's interpreter tells of itself; each is asked once."""
    told: dict[str | None, Environment] = {}
    for contender in contenders:
        interpreter = contender.interpreter
        if interpreter.name in told:
            continue
        try:
            answer = describe_interpreter(
                interpreter.python,
                interpreter.variables(defaults={}),
                min(SECONDS_TO_START, request.timeout),
            )
        except UsageError as error:
            raise UsageError(f"{contender.name}: {error}") from error
        told[interpreter.name] = environment.current(
            answer["backend"],
            threads=request.threads,
            flags={**answer["flags"], **interpreter.flags},
            root=request.root,
            name=interpreter.name or environment_name(answer["backend"], answer["versions"]),
            python=answer["python"],
            versions=answer["versions"],
        )
    return {contender.name: told[contender.interpreter.name] for contender in contenders}


def planned(request: Request, made: Entered, found: Environments) -> Race:
    """The race before its first launch."""
    predicts = request.measure == "predict"
    contenders = tuple(
        Runner(
            name=contender.name,
            spec=str(contender.spec),
            commit=contender.commit,
            digest=contender.digest,
            path=(contender.spec.path or REFERENCE) if predicts else None,
            device="",
            environment=found[contender.name].to_json(),
            repeats=0,
            accuracy=None,
            delay=contender.delay,
        )
        for contender in made.contenders
    )
    return Race(
        name=request.name or name_of(list(request.contenders), request.measure, request.clock),
        machine=next(iter(found.values())).machine,
        dataset=request.dataset.name,
        fingerprint=request.dataset.fingerprint,
        split="holdout",
        measure=request.measure,
        rows=request.rows,
        margin=request.margin,
        threads=request.threads,
        seed=request.seed,
        budget=request.seconds,
        planned=FEWEST_LAUNCHES,
        judged=(),
        contenders=contenders,
        launches=(),
        clock=request.clock,
    )
