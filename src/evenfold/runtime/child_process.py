"""A process of the harness's own: its lines with a bound on their length and time, and its end.

It leads a session and a process group, so that only the harness handles an interrupt at the
terminal. What it starts ends with it: the group, and on Linux also processes in other groups, which
inherit its mark in their environment.
"""

from __future__ import annotations

import os
import queue
import secrets
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import IO, Any

from evenfold.runtime.cleanup import GROUP, GUARD, MARK, MARK_VARIABLE, end_marked

CHUNK_BYTES = 2**16
# A process that floods its output waits for its reader.
MOST_CHUNKS = 64
MOST_LINE_BYTES = 2**31
# What has ended may have left a process that holds its output open.
SECONDS_BETWEEN_LOOKS = 0.5
# Of a process that has closed its output; what it imported may take long to end.
SECONDS_TO_END = 10.0
# A pipe takes so many bytes, at least, from a process that nobody reads.
BYTES_OF_PIPE = 2**12


class LineTooLongError(Exception):
    """A line is longer than it may be."""


class ChildProcess:
    """A process that runs from the moment it is made until ``stop``.

    Parameters
    ----------
    command
        The program and its arguments.
    variables
        All environment variables of the process; its mark is added.
    stderr
        A file for its standard error; None is that of the harness.

    Raises
    ------
    OSError
        The program does not start.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], stderr: IO[Any] | None = None
    ) -> None:
        """Start the process."""
        self.mark = secrets.token_hex(8)
        self._buffer = bytearray()
        self._chunks: queue.Queue[bytes] = queue.Queue(MOST_CHUNKS)
        self._is_stopped = threading.Event()
        self.process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**variables, MARK_VARIABLE: self.mark},
            start_new_session=True,
        )
        try:
            GUARD.watch(GROUP, self.process.pid)
            GUARD.watch(MARK, self.mark)
            threading.Thread(target=self._read, daemon=True).start()
        except BaseException:  # interrupted
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid

    @property
    def has_unread_output(self) -> bool:
        """Whether it wrote something that nobody has read yet."""
        return bool(self._buffer) or not self._chunks.empty()

    def write(self, line: bytes, timeout: float | None = None) -> None:
        """Write to its standard input.

        Parameters
        ----------
        line
            The bytes.
        timeout
            Seconds after which it is killed unless it has read them; None waits for ever.

        Raises
        ------
        TimeoutError
            It has not read them in time.
        OSError
            It reads no more.
        """
        if timeout is None or len(line) <= BYTES_OF_PIPE:
            self._write(line)
            return
        is_late = threading.Event()

        def expire() -> None:
            is_late.set()
            self.kill()

        timer = threading.Timer(timeout, expire)
        timer.daemon = True
        timer.start()
        try:
            self._write(line)
        except OSError as error:
            if is_late.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()

    def _write(self, line: bytes) -> None:
        assert self.process.stdin is not None
        left = memoryview(line)
        while left:
            left = left[self.process.stdin.write(left) :]

    def close_input(self) -> None:
        """Let its standard input end."""
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()

    def read_line(self, timeout: float | None, most_bytes: int = MOST_LINE_BYTES) -> bytes:
        """Return the next line of its standard output; cut short where the output ends.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits until the process ends.
        most_bytes
            Bytes that a line may have.

        Raises
        ------
        TimeoutError
            There is none in time.
        LineTooLongError
            It is longer.
        """
        until = None if timeout is None else monotonic() + timeout
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            if len(self._buffer) > most_bytes:
                raise LineTooLongError
            searched = len(self._buffer)
            chunk = self._next_chunk(until)
            if not chunk:
                end = len(self._buffer) - 1
                break
            self._buffer += chunk
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def how_it_ended(self, seconds: float) -> str:
        """Return how a process ended that has closed a pipe: ``signal 9`` or ``exit code 1``.

        One that still runs after some seconds is killed.
        """
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return "it closed its output and was killed"
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def stop(self) -> None:
        """End the process and those that it started."""
        self._is_stopped.set()
        self.kill()
        GUARD.forget(GROUP, self.process.pid)
        self.process.wait()
        end_marked(self.mark)
        GUARD.forget(MARK, self.mark)
        self.close_input()

    def kill(self) -> None:
        """Send the signal that ends its group."""
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def _next_chunk(self, until: float | None) -> bytes:
        """Wait for output; empty where it has ended. Raises TimeoutError."""
        has_ended = False
        while True:
            left = SECONDS_BETWEEN_LOOKS if until is None else until - monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                return self._chunks.get(timeout=min(left, SECONDS_BETWEEN_LOOKS))
            except queue.Empty:
                if has_ended or self._is_stopped.is_set():
                    return b""
                has_ended = self.process.poll() is not None

    def _read(self) -> None:
        """Pass the output on, in a thread; an empty chunk is its end."""
        assert self.process.stdout is not None
        chunk = b"-"
        with self.process.stdout as stdout:
            while chunk and not self._is_stopped.is_set():
                try:
                    chunk = stdout.read(CHUNK_BYTES)
                except (OSError, ValueError):
                    chunk = b""
                while not self._is_stopped.is_set():
                    with suppress(queue.Full):
                        self._chunks.put(chunk, timeout=SECONDS_BETWEEN_LOOKS)
                        break
