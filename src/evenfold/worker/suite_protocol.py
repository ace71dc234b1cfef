"""Messages between the harness and a worker that runs a suite of pytest benchmarks.

The first messages, pinning, calibration and samples are those of ``protocol.py``.
"""

from __future__ import annotations

from typing import Literal, TypedDict, Union, final

from evenfold.worker.protocol import (
    CalibrateMessage,
    CalibrateResult,
    Clock,
    Failed,
    PinMessage,
    PinResult,
    SampleMessage,
    SampleResult,
    Skipped,
)


@final
class CollectMessage(TypedDict):
    """Collect the benchmarks of a suite.

    ``root`` is the project's folder and ``suite`` a file or folder in it. ``paths`` come first on
    the search path of modules, and ``packages`` must be imported from there; without ``paths``, the
    environment's own are imported. If it is to ``describe``, the answer has the versions of all
    packages.
    """

    do: Literal["collect"]
    root: str
    suite: str
    paths: list[str]
    packages: list[str]
    clock: Clock
    describe: bool


class CollectedBenchmark(TypedDict):
    """A benchmark: its name in the suite, and the digest of its test function's source."""

    name: str
    digest: str


@final
class CollectResult(TypedDict):
    """The benchmarks of a suite, in their order, and versions by package.

    ``uninstalled`` are packages of the project that the environment does not have, and that were
    imported from the project's folder in its place.
    """

    benchmarks: list[CollectedBenchmark]
    versions: dict[str, str]
    uninstalled: list[str]


@final
class OpenMessage(TypedDict):
    """Run a benchmark's test up to its first call; ``following`` is what is opened after it."""

    do: Literal["open"]
    name: str
    following: str | None


@final
class OpenResult(TypedDict):
    """The benchmark can be sampled."""


@final
class CloseMessage(TypedDict):
    """Run the rest of the test."""

    do: Literal["close"]


@final
class CloseResult(TypedDict):
    """The test has passed."""


SuiteMessage = Union[
    CollectMessage, OpenMessage, PinMessage, CalibrateMessage, SampleMessage, CloseMessage
]
CollectAnswer = Union[CollectResult, Skipped, Failed]
OpenAnswer = Union[OpenResult, Skipped, Failed]
CloseAnswer = Union[CloseResult, Skipped, Failed]
SuiteAnswer = Union[
    CollectResult,
    OpenResult,
    PinResult,
    CalibrateResult,
    SampleResult,
    CloseResult,
    Skipped,
    Failed,
]
