"""A worker process for a suite of benchmarks: answers the messages of ``suite_protocol.py``.

It imports no numpy and no framework, so that it runs in the environment of any project.
"""

from __future__ import annotations

import json
import platform
import threading
from importlib import metadata
from queue import Queue
from typing import Any, Iterable, Mapping

from evenfold.worker.pipes import read_lines, take_stdin, take_stdout
from evenfold.worker.protocol import PROTOCOL, ErrorReport, Greeting, Hello
from evenfold.worker.suite_session import SuiteSession, failed


def main() -> None:
    """Answer every line of standard input."""
    send = take_stdout()
    lines: Queue[str] = Queue()
    threading.Thread(target=read_lines, args=(take_stdin(), lines), daemon=True).start()
    hello: Hello = json.loads(lines.get())
    answer = _greet(hello)
    send(answer)
    if "error" in answer:
        return
    nonce: str | None = None

    def receive() -> Any:
        nonlocal nonce
        message = json.loads(lines.get())
        nonce = message.get("nonce")
        return message

    def reply(result: Mapping[str, Any]) -> None:
        send({**result, "nonce": nonce})

    session = SuiteSession(receive, reply)
    while True:
        message = session.receive()
        if message["do"] == "collect":
            session.run(message)
        else:
            session.reply(failed("no suite is collected"))


def _greet(hello: Hello) -> Greeting | ErrorReport:
    if hello.get("protocol") != PROTOCOL:
        return {
            "error": f"the worker speaks protocol {PROTOCOL}, its parent {hello.get('protocol')}: "
            "install one version of evenfold for both"
        }
    return {
        "protocol": PROTOCOL,
        "python": platform.python_version(),
        "versions": _versions(hello["packages"]),
        "backend": None,
        "flags": {},
    }


def _versions(packages: Iterable[str]) -> dict[str, str]:
    versions = {}
    for package in (*packages, "pytest"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


if __name__ == "__main__":
    main()
