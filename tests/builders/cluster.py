"""A Dask cluster of processes on loopback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time


class Cluster:
    """A scheduler and its workers, processes that end with the test; their logs lie in a folder."""

    def __init__(self, folder, protocol="tcp", **environment):
        self.folder = folder
        self.processes = []
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0",
                                    "--protocol", protocol, "--dashboard-address", "127.0.0.1:0",
                                    **environment)  # fmt: skip
        self.address = self.wait_for(self.scheduler, rf"Scheduler at:\s+({protocol}://\S+)")

    def start(self, kind, *arguments, **environment):
        log = self.folder / f"{len(self.processes)}.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
                stdout=file, stderr=subprocess.STDOUT, cwd=self.folder,
                env={**os.environ, **environment},
            )  # fmt: skip
        process.log = log
        self.processes.append(process)
        return process

    def worker(self, **environment):
        process = self.start("worker", self.address, "--nthreads", "1", "--nworkers", "1",
                             "--no-nanny", "--no-dashboard", **environment)  # fmt: skip
        self.wait_for(process, r"(Registered to)")
        return process

    def wait_for(self, process, pattern):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if match := re.search(pattern, process.log.read_text()):
                return match[1]
            time.sleep(0.1)
        raise AssertionError(process.log.read_text())

    def close(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
