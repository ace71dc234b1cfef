"""What the processes of a launch need to know, and the messages that they answer."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from evenfold.runtime.interpreters import Interpreter
from evenfold.worker.protocol import (
    CalibrateMessage,
    CalibrateResult,
    Clock,
    PinMessage,
    PinResult,
    PrepareMessage,
    PrepareResult,
    SampleMessage,
    SampleResult,
)
from evenfold.worker.suite_protocol import (
    CloseMessage,
    CloseResult,
    CollectMessage,
    CollectResult,
    OpenMessage,
    OpenResult,
)

ContenderMessage = (
    PrepareMessage
    | PinMessage
    | CalibrateMessage
    | SampleMessage
    | CollectMessage
    | OpenMessage
    | CloseMessage
)
ContenderResult = (
    PrepareResult
    | PinResult
    | CalibrateResult
    | SampleResult
    | CollectResult
    | OpenResult
    | CloseResult
)


class ProcessConfig(Protocol):
    """What the processes of all launches share."""

    @property
    def clock(self) -> Clock:
        """The clock of samples."""

    @property
    def threads(self) -> int:
        """Threads of each contender."""

    @property
    def least_seconds(self) -> float:
        """Shortest sample."""

    @property
    def has_equal_repeats(self) -> bool:
        """Whether samples of all contenders have the same number of repeats."""

    @property
    def timeout(self) -> float:
        """Seconds that a worker may take for an answer."""

    @property
    def staged(self) -> Path:
        """Folder of the worker's files."""

    @property
    def bytecode(self) -> Path:
        """Folder for compiled modules."""


class HasProcess(Protocol):
    """A contender that an interpreter runs."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def interpreter(self) -> Interpreter:
        """The Python of its environment."""
