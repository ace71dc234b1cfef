"""What processes report that do one thing each: measure memory, check models, list devices.

Such a process prints one JSON object a line, and ends.
"""

from __future__ import annotations

from typing import Literal, TypedDict, Union, final

from evenfold.contract import Layout
from evenfold.worker.protocol import ErrorReport, Skipped

CheckStatus = Literal["passed", "failed", "skipped", "expected failure"]


class IsolatedJob(TypedDict):
    """A measurement of memory in a process of its own.

    It is of a fit, or of a batch of ``rows`` on an ``inference`` path. ``sources`` is a file of the
    model's saved sources, ``framework`` says whether a framework is opened, and ``epochs`` replaces
    the model's own number.
    """

    model: str
    sources: str
    layout: Layout
    n_classes: int
    seed: int
    framework: bool
    threads: int | None
    determinism: bool
    device: str
    epochs: int | None
    inference: str | None
    rows: int


@final
class FitMemoryResult(TypedDict):
    """Bytes resident in the process: at most, and before the model was built."""

    peak_bytes: int | None
    before_bytes: int | None


@final
class PathMemoryResult(TypedDict):
    """Bytes at the peak of a prediction beyond those before it."""

    beyond_bytes: int | None


@final
class CheckReport(TypedDict):
    """One outcome of the contract suite."""

    model: str
    check: str
    result: CheckStatus
    detail: str


@final
class ModelEnd(TypedDict):
    """All checks of the model ``ends`` have been reported.

    Where the model changed what cannot be restored, ``leftover`` names it, and the process ends.
    """

    ends: str
    leftover: list[str]


@final
class DeviceReport(TypedDict):
    """The devices of one kind that a framework finds; ``missing`` says why there are none."""

    kind: str
    names: list[str]
    missing: str | None


@final
class ProcessEnd(TypedDict):
    """What a process did at last: it ended by itself, or was ended for what it did."""

    code: str


IsolatedAnswer = Union[FitMemoryResult, PathMemoryResult, Skipped, ErrorReport]
Report = Union[CheckReport, ModelEnd, DeviceReport, ErrorReport]
