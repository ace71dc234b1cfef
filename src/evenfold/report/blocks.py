"""The tables in README.md: marked blocks, each named after the results that it shows.

``<!-- evenfold MACHINE/ENVIRONMENT -->`` is a bench table, with a study's name after it a table of
scores; ``<!-- evenfold races MACHINE NAME... -->`` are races of the same contenders side by side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from evenfold.bench.results import Result
from evenfold.bench.tables import CAPTION, bench_table
from evenfold.errors import ResultsError
from evenfold.race.record import Race
from evenfold.race.tables import race_caption, side_by_side_table
from evenfold.render.tables import write
from evenfold.report.report_data import METRIC, Shown
from evenfold.score.captions import study_caption
from evenfold.score.pairing import compare_with_first
from evenfold.score.studies import StudyScores
from evenfold.score.tables import score_summary
from evenfold.stats.metric_names import margin_of

BLOCK = re.compile(
    r"(?P<first><!-- evenfold (?P<what>\S+)(?P<more>(?: \S+)*?) -->\n).*?"
    r"(?P<last><!-- /evenfold -->)",
    re.DOTALL,
)
RACES = "races"


def filled(text: str, shown: Shown, readme: Path) -> str:
    """README.md's text with every block as it should be.

    Raises ResultsError, naming the file, for a block of what is not there.
    """

    def block(match: re.Match[str]) -> str:
        what, more = match["what"], match["more"].split()
        try:
            told = _table(what, more, shown)
        except ResultsError as error:
            raise ResultsError(f"{readme} shows {' '.join([what, *more])}: {error}") from error
        return f"{match['first']}{told}\n{match['last']}"

    return BLOCK.sub(block, text)


def _table(what: str, more: Sequence[str], shown: Shown) -> str:
    if what == RACES:
        return _races(more, shown.races)
    return _study(what, more[0], shown.studies) if more else _bench(what, shown.results)


def _bench(where: str, results: Sequence[Result]) -> str:
    for result in results:
        if where == f"{result.machine}/{result.environment['name']}":
            return f"{write(bench_table(result.benchmarks), 'markdown')}\n\n{CAPTION}"
    raise ResultsError("there is no such result")


def _study(where: str, name: str, studies: Sequence[StudyScores]) -> str:
    for study in studies:
        if (where, name) == (f"{study.machine}/{study.environment['name']}", study.file.stem):
            models = sorted(study.scores["model"].unique())
            table = score_summary(study.scores, models, METRIC, study.design, None)
            found = compare_with_first(study.scores, models, METRIC, study.design, None)
            told = study_caption(study.design, models[0], METRIC, margin_of(METRIC), found)
            return f"{write(table, 'markdown')}\n\n{told}"
    raise ResultsError("there is no such study")


def _races(where: Sequence[str], saved: Sequence[Race]) -> str:
    machine, *names = where or [""]
    if not names:
        raise ResultsError("races are named by their machine and their names")
    here = {race.name: race for race in saved if race.machine == machine}
    missing = [name for name in names if name not in here]
    if missing:
        raise ResultsError(f"there is no race {missing[0]} of {machine}")
    chosen = [here[name] for name in names]
    table = write(side_by_side_table(chosen), "markdown")
    return f"{table}\n\n{race_caption(chosen, 'markdown')}"
