"""The generated tables in README.md: marked blocks, each named after the results that it shows.

``<!-- evenfold MACHINE/ENVIRONMENT -->`` marks a bench table, with a study's name after it a table
of scores; ``<!-- evenfold overview MACHINE/ENVIRONMENT STUDY -->`` a short table of both;
``<!-- evenfold races MACHINE NAME... -->`` races of the same contenders side by side; and
``<!-- evenfold words FILE -->`` the filled template FILE, which lies beside the results.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from evenfold.bench.results import Result
from evenfold.bench.tables import CAPTION, bench_table
from evenfold.errors import ResultsError, did_you_mean
from evenfold.race.record import Race
from evenfold.race.tables import race_caption, side_by_side_table
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.report.answers import answers
from evenfold.report.overview import overview
from evenfold.report.report_data import METRIC, ReportData
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import (
    score_summary,
    study_conclusion,
    study_next_step,
    study_notes,
)

BLOCK = re.compile(
    r"(?P<start><!-- evenfold (?P<first_name>\S+)(?P<names>(?: \S+)*?) -->\n).*?"
    r"(?P<end><!-- /evenfold -->)",
    re.DOTALL,
)
OVERVIEW, RACES, WORDS = "overview", "races", "words"


def filled(text: str, report_data: ReportData, readme: Path, base: Path) -> str:
    """Return the text of README.md with every block generated anew.

    Parameters
    ----------
    text
        The text as it is.
    report_data
        The results.
    readme
        The file, for messages.
    base
        The folder of results.

    Raises
    ------
    ResultsError
        When a block names a result that is not there.
    """

    def block(match: re.Match[str]) -> str:
        names = [match["first_name"], *match["names"].split()]
        try:
            table = _table(names, report_data, base)
        except ResultsError as error:
            raise ResultsError(f"{readme} shows {' '.join(names)}: {error}") from error
        return f"{match['start']}{table}\n{match['end']}"

    return BLOCK.sub(block, text)


def _table(names: Sequence[str], report_data: ReportData, base: Path) -> str:
    place, *more = names
    if place == RACES:
        return _races(more, report_data.races)
    if place == WORDS:
        return _words(more, report_data, base)
    if place == OVERVIEW:
        if len(more) != 2:
            raise ResultsError("an overview is named by MACHINE/ENVIRONMENT and a study")
        where, study = more
        return overview(_study(where, study, report_data.studies),
                        _bench(where, report_data.results))  # fmt: skip
    if more:
        return _study_table(_study(place, more[0], report_data.studies))
    benchmarks = _bench(place, report_data.results).benchmarks
    return f"{write(bench_table(benchmarks), 'markdown')}\n\n{CAPTION}"


def _bench(place: str, results: Sequence[Result]) -> Result:
    by_place = {f"{result.machine}/{result.environment['name']}": result for result in results}
    if place not in by_place:
        raise ResultsError(f"there is no such result{did_you_mean(place, by_place)}")
    return by_place[place]


def _study(place: str, name: str, studies: Sequence[StudyScores]) -> StudyScores:
    by_place = {
        f"{study.machine}/{study.environment['name']} {study.file.stem}": study for study in studies
    }
    wanted = f"{place} {name}"
    if wanted not in by_place:
        raise ResultsError(f"there is no such study{did_you_mean(wanted, by_place)}")
    return by_place[wanted]


def _study_table(study: StudyScores) -> str:
    table = write(score_summary(study.model_scores, METRIC, None), "markdown")
    notes = sentence("\n".join(study_notes(study, METRIC, None)), "markdown")
    first, last = (
        sentence(of(study, METRIC, None), "markdown") for of in (study_conclusion, study_next_step)
    )
    return "\n\n".join(filter(None, [first, table, notes, last]))


def _words(names: Sequence[str], report_data: ReportData, base: Path) -> str:
    is_name = len(names) == 1 and Path(names[0]).name == names[0]
    text = answers(base, report_data, names[0]) if is_name else None
    if text is None:
        raise ResultsError("there is no such template beside the results")
    return text.strip("\n")


def _races(names_of: Sequence[str], saved: Sequence[Race]) -> str:
    machine, *names = names_of or [""]
    if not names:
        raise ResultsError("races are named by their machine and then their own names")
    here = {race.name: race for race in saved if race.machine == machine}
    missing = [name for name in names if name not in here]
    if missing:
        every = {f"{race.machine} {race.name}" for race in saved}
        meant = did_you_mean(f"{machine} {missing[0]}", sorted(every))
        raise ResultsError(f"there is no race {missing[0]} of {machine}{meant}")
    chosen = [here[name] for name in names]
    table = write(side_by_side_table(chosen), "markdown")
    return f"{table}\n\n{race_caption(chosen, 'markdown')}"
