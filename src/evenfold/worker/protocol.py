"""Messages between the harness and a worker: one JSON object a line, in both directions.

The harness speaks first, with a ``Hello`` that the worker answers with a ``Greeting``, or with a
``ErrorReport`` if it cannot run. After that each ``Message`` has one ``Answer``: the result of what
it asks to ``do``, or ``Skipped``, or ``Failed``. A message has a ``nonce``, and a fit a ``key``,
which its answer repeats: whatever else is read from the pipe answers nothing.

Optional keys are split off by inheritance: Python 3.8 has no ``NotRequired``.
"""

from __future__ import annotations

from typing import Literal, TypedDict, Union, final

from evenfold.contract import Layout

# 1: fits alone; 2: messages have a ``do``, and there are races; 3: curves of fits; 4: clocks;
# 5: sources of models instead of their files; 6: a folder for fits, and what a model left behind;
# 7: answers repeat nonce and key, models are loaded, files of folds have sample weights, and a fit
# names those that follow.
PROTOCOL = 7

Engine = Literal["compiled", "keras"]
FittedEngine = Literal["compiled", "keras", "estimator"]
Measure = Literal["epoch", "fit", "predict"]
Clock = Literal["wall", "cpu"]


@final
class Hello(TypedDict):
    """The first message: settings for the whole process, and packages to look up.

    ``folder`` is where it makes the folders that models run in.
    """

    protocol: int
    threads: int | None
    determinism: bool
    packages: tuple[str, ...]
    folder: str


class EnvironmentInfo(TypedDict):
    """Where a worker runs: versions by package, the framework's name, and flags by name."""

    python: str
    versions: dict[str, str]
    backend: str | None
    flags: dict[str, str]


@final
class Greeting(EnvironmentInfo):
    """The answer to ``Hello``."""

    protocol: int


@final
class ErrorReport(TypedDict):
    """Why a process cannot do its work."""

    error: str


class FitJob(TypedDict):
    """One fit of a score study; ``key`` is its identity.

    ``sources`` is a file of the model's saved sources, ``fold`` a file of arrays.
    """

    key: str
    model: str
    sources: str
    layout: Layout
    fold: str
    n_classes: int
    seed: int
    engine: Engine
    curves: bool


@final
class LoadMessage(TypedDict):
    """Load a model. ``sources`` is a file of its saved sources."""

    do: Literal["load"]
    model: str
    sources: str


@final
class FitMessage(FitJob):
    """Run a fit. ``ahead`` are fits that follow: an engine may train some of them with it."""

    do: Literal["fit"]
    ahead: list[FitJob]


class _AfterModel(TypedDict, total=False):
    """``leftover`` names what a model changed in its process and what cannot be restored there."""

    leftover: list[str]


@final
class LoadResult(_AfterModel):
    """What a model's file states; ``epochs`` is None for an estimator."""

    layout: Layout
    epochs: int | None


@final
class FitResult(_AfterModel):
    """A finished fit.

    ``probabilities`` are by test row and class; ``curves`` by epoch, row (training rows, then test
    rows) and class. ``note`` says why another engine than the requested one trained.
    """

    engine: FittedEngine
    note: str
    probabilities: list[list[float]]
    curves: list[list[list[float]]] | None
    history: dict[str, list[float]]
    seconds: float
    peak_bytes: int | None
    resident_bytes: int | None


@final
class PrepareMessage(TypedDict):
    """Make a contender of a race ready; if ``scored``, with a fit of full length.

    ``sources`` is a file of the model's saved sources, ``folds`` are files of arrays by layout,
    ``inference`` and ``rows`` the path and the batch of a prediction, ``delay`` a share that is
    added to its times, ``weights`` the file that keeps trained weights from one launch to the next.
    """

    do: Literal["prepare"]
    model: str
    sources: str
    folds: dict[Layout, str]
    n_classes: int
    seed: int
    measure: Measure
    clock: Clock
    inference: str
    rows: int
    delay: float
    weights: str
    scored: bool


class _PrepareAnswer(TypedDict):
    device: str


@final
class PrepareResult(_PrepareAnswer, total=False):
    """A contender that is ready; all but ``device`` are of a scored one.

    ``whole_seconds`` is the time that only a scored one takes, for a fit of full length and its
    probabilities; ``difference`` is the largest one between a lossy path's probabilities and the
    reference's.
    """

    whole_seconds: float
    jit_compile: bool | None
    difference: float
    probabilities: list[list[float]]


@final
class PinMessage(TypedDict):
    """Keep the process on some cores."""

    do: Literal["pin"]
    cores: list[int]


@final
class PinResult(TypedDict):
    """The process is on those cores."""


@final
class CalibrateMessage(TypedDict):
    """Find the number of repeats that makes a sample of at least ``seconds``."""

    do: Literal["calibrate"]
    seconds: float


@final
class CalibrateResult(TypedDict):
    """That number."""

    repeats: int


@final
class SampleMessage(TypedDict):
    """Take one sample."""

    do: Literal["sample"]
    repeats: int


@final
class SampleResult(TypedDict):
    """The nanoseconds that ``units`` epochs, fits or predictions took together."""

    nanoseconds: int
    units: int


@final
class Skipped(_AfterModel):
    """The model, or the framework, says why it does not apply here."""

    skip: str


class _Failed(_AfterModel):
    failed: str


@final
class Failed(_Failed, total=False):
    """What went wrong; ``code`` is the exit code of the error, absent if the process died."""

    code: int


Message = Union[
    LoadMessage, FitMessage, PrepareMessage, PinMessage, CalibrateMessage, SampleMessage
]
LoadAnswer = Union[LoadResult, Skipped, Failed]
FitAnswer = Union[FitResult, Skipped, Failed]
PrepareAnswer = Union[PrepareResult, Skipped, Failed]
PinAnswer = Union[PinResult, Skipped, Failed]
CalibrateAnswer = Union[CalibrateResult, Skipped, Failed]
SampleAnswer = Union[SampleResult, Skipped, Failed]
Answer = Union[LoadAnswer, FitAnswer, PrepareAnswer, PinAnswer, CalibrateAnswer, SampleAnswer]
