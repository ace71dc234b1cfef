"""The compiled engine and stock ``fit`` on every construct, in this environment.

``python experiments/engine_constructs.py FILE`` compares them on every construct of
``tests/builders/constructs*.py``, sound and broken on purpose, a process for each batch of
constructs, and writes FILE: ``results/experiments/engine_constructs.<environment>.json``.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from builders.constructs import all_constructs, find_construct  # noqa: E402
from commands import argument_parser  # noqa: E402

LEVEL = 0.01


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="file to write")
    parser.add_argument("--batch", type=int, default=30, help="constructs a process (default: 30)")
    parser.add_argument("--only", default="", help="part of the names of constructs to compare")
    parser.add_argument("--names", nargs="*", help="the constructs of this process")
    parser.add_argument("--sound", action="store_true", help="do not break the engine")
    options = parser.parse_args()
    if options.names:
        return measure(options.names, options.file, not options.sound)
    names = [c.name for c in all_constructs() if options.only in c.name]
    started = perf_counter()
    results: dict[str, Any] = {}
    for i in range(0, len(names), options.batch):
        results |= run_batch(names[i : i + options.batch], options)
    options.file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"{perf_counter() - started:.0f} s", file=sys.stderr)
    return 0


def run_batch(names: list[str], options: Any) -> dict[str, Any]:
    part = options.file.with_suffix(".part")
    part.unlink(missing_ok=True)
    rest = ["--sound"] if options.sound else []
    command = [sys.executable, __file__, str(part), *rest, "--names", *names]
    subprocess.run(command, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    lines = part.read_text(encoding="utf-8").splitlines() if part.exists() else []
    part.unlink(missing_ok=True)
    return {name: value for line in lines for name, value in json.loads(line).items()}


def measure(names: list[str], file: Path, break_too: bool) -> int:
    from engine_comparison import compare
    from evenfold.worker.device import open_framework

    framework = open_framework(threads=1)
    gc.collect()
    gc.freeze()  # Keras collects garbage after each construct: not in what was imported
    random = sum(construct.is_random for construct in all_constructs())
    for name in names:
        result = compare(find_construct(name), framework, LEVEL / random, break_too)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({name: asdict(result)}) + "\n")
        caught = {None: "", True: "caught", False: "NOT CAUGHT"}[result.caught]
        print(f"{name:52} {result.status:20} {result.difference or 0:9.1e} "
              f"{'' if result.p is None else f'p={result.p:.2g}'} {caught} {result.differs} "
              f"{result.reason} ({result.seconds:.1f} s)", file=sys.stderr, flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
