"""``evenfold race`` of models that a test writes, and the processes that it leaves."""

from __future__ import annotations

import re
import time

from builders.commands import run_command
from builders.models import CHEAP
from builders.processes import interruptible, running

# Notes the process that it is predicted in, and then does something else.
NOTES = CHEAP.replace(
    "    def predict_proba(self, x):\n",
    "    def predict_proba(self, x):\n        import os, time\n"
    "        with open({pid_file!r}, 'a') as file:\n"
    "            file.write(str(os.getpid()) + '\\n')\n"
    "        {then}\n",
)
SLOW = CHEAP.replace(
    "        far = ((x", "        __import__('time').sleep(0.01)\n        far = ((x"
)
# Sleeps in one of fifty predictions: five times as long as they take, on average.
SLEEPY = CHEAP.replace(
    "        far = ((x",
    "        next(TURNS) % 50 or __import__('time').sleep(0.01)\n        far = ((x",
)
SLEEPY += "\n\nimport itertools\n\nTURNS = itertools.count(1)\n"


class Races:
    """Runs races of models written for them, into a folder of their own."""

    def __init__(self, folder):
        self.models, self.results, self.pid_file = folder / "own", folder / "r", folder / "pids"
        self.models.mkdir()

    def write(self, name, text, then=""):
        text = text.replace("{pid_file!r}", repr(str(self.pid_file)))
        text = text.replace("{then}", then or "pass")
        (self.models / f"{name}.py").write_text(text)
        return name

    def command(self, *arguments):
        return ["race", *map(str, arguments), "--models", str(self.models),
                "--results", str(self.results)]  # fmt: skip

    def run(self, *arguments, **more):
        return run_command(*self.command(*arguments), **more)

    def run_affordable(self, *arguments):
        """A race whose last option is its budget, or one and a half times what a refusal names.

        A machine that runs other tests may be too busy for the usual one.
        """
        done = self.run(*arguments)
        for _ in range(MOST_REFUSALS):
            enough = re.search(r"use --budget (\d+)s or more", done.stderr)
            if not enough:
                break
            done = self.run(*arguments[:-1], f"{1.5 * int(enough[1]):.0f}s")
        return done

    @property
    def files(self):
        return sorted(self.results.rglob("*.json"))

    def pids(self):
        text = self.pid_file.read_text() if self.pid_file.exists() else ""
        return {int(pid) for pid in text.split()}

    def started(self, *arguments):
        """A race in the background, once a model of it predicts."""
        process = interruptible(["-m", "evenfold", *self.command(*arguments)])
        until = time.monotonic() + 100
        while not self.pids() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        return process

    def assert_nobody_is_left(self):
        assert self.pids(), "no model was ever run"
        until = time.monotonic() + 30
        left = self.pids()
        while left and time.monotonic() < until:
            left = set(filter(running, left))
            time.sleep(0.05)
        assert not left


# A busy machine may be busier still the next time.
MOST_REFUSALS = 3
PREDICT = ("--measure", "predict", "--budget", "30s")
