"""The process that runs the file of a dataset or a metric: its answers, and how it fails."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenfold import errors
from evenfold.errors import EvenfoldError, PluginError
from evenfold.runtime.child_process import SECONDS_TO_END, ChildProcess, LineTooLongError
from evenfold.worker.error_text import shorten
from evenfold.worker.module_command import module_command
from evenfold.worker.pipes import NONCE_VARIABLE
from evenfold.worker.sources import Sources

MOST_ANSWER_BYTES = 2**28


class RaisedError(Exception):
    """What the function of a plug-in raised: the type of the error and its message."""


class PluginProcess:
    """A process that runs a plug-in's file. What it prints goes to the standard error.

    It runs in the working folder, as the harness does, until ``stop``.

    Parameters
    ----------
    module
        The module of ``evenfold.plugins`` that runs there.
    title
        What the file is, for messages: ``dataset mine (mine.py)``.
    sources, folder
        The plug-in's sources, and a folder for files.
    arguments
        Further arguments of the module.
    """

    def __init__(
        self,
        module: str,
        title: str,
        sources: Sources,
        folder: Path,
        arguments: Sequence[str] = (),
    ) -> None:
        """Start the process."""
        self.title = title
        self._reason = ""  # why it gives no more answers
        self._nonce = secrets.token_hex(8)
        saved = sources.save(folder / "sources.json")
        command = module_command(f"evenfold.plugins.{module}", str(saved), str(folder), *arguments)
        self._process = ChildProcess(command, {**os.environ, NONCE_VARIABLE: self._nonce})

    def answer(self, timeout: float, message: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a message, if there is one, and return the next answer.

        Raises
        ------
        RaisedError
            The plug-in's function raised an error.
        EvenfoldError
            The file cannot be used; the error's type is the one that the process reports.
        PluginError
            The process ends, takes too long, or writes something else. Later calls raise it again.
        """
        if self._reason:
            raise PluginError(self._reason)
        try:
            if message is not None:
                self._process.write(json.dumps(message).encode() + b"\n", timeout)
            line = self._process.read_line(timeout, MOST_ANSWER_BYTES)
        except TimeoutError:
            raise self._failed(f"no answer within {timeout:g} s") from None
        except LineTooLongError:
            raise self._failed("it wrote too much to the pipe of answers") from None
        except (OSError, ValueError):  # it reads no more, or was stopped
            line = b""
        if not line.endswith(b"\n"):
            raise self._failed(f"its process ended: {self._process.how_it_ended(SECONDS_TO_END)}")
        return self._checked(line)

    def stop(self) -> None:
        """End the process."""
        self._process.stop()

    def _checked(self, line: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or answer.pop("nonce", None) != self._nonce:
            written = line[:80].decode(errors="replace").strip()
            raise self._failed(f"it wrote {written!r} to the pipe of answers")
        if "raised" in answer:
            raise RaisedError(shorten(str(answer["raised"])))
        if "error" in answer:
            kind = getattr(errors, str(answer.get("kind")), PluginError)
            is_ours = isinstance(kind, type) and issubclass(kind, EvenfoldError)
            raise (kind if is_ours else PluginError)(f"{self.title}: {shorten(answer['error'])}")
        return answer

    def _failed(self, reason: str) -> PluginError:
        self.stop()
        self._reason = f"{self.title}: {reason}"
        return PluginError(self._reason)
