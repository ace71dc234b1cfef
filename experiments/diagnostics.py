"""How often diagnostics fire where they must, and are silent where they must.

``python experiments/diagnostics.py FILE`` makes constructed cases of known truth, and real tables
with faults put in, and runs every diagnostic on each. FILE is written after each case, and a case
that it has does not run again. Real tables are those of scikit-learn, statsmodels and aeon, which
have to be installed; some networks are trained with Keras.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from commands import argument_parser
from diagnostic_cases import constructed_cases
from diagnostic_networks import NETWORKS, NetworkCase
from diagnostic_real import real_cases
from diagnostic_trials import Case, fired_codes
from evenfold.check.diagnostic_rates import SCHEMA
from evenfold.runtime.results_folder import write_json


def run_case(case: Case | NetworkCase, trials: int) -> dict[str, Any]:
    """Return how often each code fired on the trials of a case."""
    fired: dict[str, int] = {}
    for seed in range(trials):
        for code in _codes(case, seed):
            fired[code] = fired.get(code, 0) + 1
    return {
        "kind": case.kind if isinstance(case, Case) else "real",
        "must": list(case.must),
        "may": list(case.may),
        "trials": trials,
        "fired": dict(sorted(fired.items())),
    }


def _codes(case: Case | NetworkCase, seed: int) -> set[str]:
    return fired_codes(case.make(seed)) if isinstance(case, Case) else case.fired_codes(seed)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file of the results")
    parser.add_argument("--trials", type=int, default=100, help="trials of a constructed case")
    parser.add_argument("--real-trials", type=int, default=10, help="trials of a real case")
    parser.add_argument("--only", default="", help="part of the names of cases to run")
    arguments = parser.parse_args()
    done: dict[str, Any] = {}
    if arguments.file.exists():
        done = json.loads(arguments.file.read_text())["cases"]
    cases = [*constructed_cases(), *real_cases(), *NETWORKS]
    for case in cases:
        if case.name in done:  # what is counted as wrong may have changed, and trials have not
            done[case.name].update(must=list(case.must), may=list(case.may))
    for case in (case for case in cases if case.name not in done and arguments.only in case.name):
        is_constructed = isinstance(case, Case) and case.kind == "constructed"
        trials = arguments.trials if is_constructed else arguments.real_trials
        if isinstance(case, NetworkCase):
            trials = min(trials, case.most_trials)
        done[case.name] = run_case(case, trials)
        write_json(arguments.file, {"schema": SCHEMA, "cases": done})
        print(f"{case.name}: {done[case.name]['fired']} of {trials}", flush=True)


if __name__ == "__main__":
    main()
