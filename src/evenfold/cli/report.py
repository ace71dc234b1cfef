"""``evenfold report``: everything below a folder of results, made into pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenfold.bench.results import read_results
from evenfold.bench.scaling_record import SCALINGS
from evenfold.cli.options import format_option
from evenfold.cli.output import print_messages
from evenfold.config import read_config
from evenfold.errors import ResultsError
from evenfold.race.error_record import RACE_ERRORS
from evenfold.race.files import read_races
from evenfold.race.simulation_record import SIMULATIONS
from evenfold.render.progress import Say, Tell
from evenfold.render.tables import write
from evenfold.report.pages import drifted, left_over, pages
from evenfold.report.report_data import Shown, contents
from evenfold.report.result_kinds import holds_scores_or_races
from evenfold.score.predictions import Predictions, read_histories, read_predictions
from evenfold.score.studies import read_studies

if TYPE_CHECKING:
    import pandas as pd

DRIFTED, SOME_FAILED = 1, 3


def write_report(say: Say, tell: Tell, base: Path, check: bool, style: str) -> int:
    """Writes what differs and says what it is of, or with ``check`` only tells; the exit code."""
    shown, problems = read_shown(base)
    tell(problems)
    made = list(pages(shown, base))
    changed, old = drifted(made), left_over(made, base)
    tell(f"{file} is of no result that can be read: delete it" for file in old)
    if check:
        changed = [page for page in changed if page.is_kept or page.path.exists()]
        tell(f"{page.path} differs from the results: run evenfold report" for page in changed)
    else:
        for page in changed:
            page.write()
            tell([f"{page.path} written"])
        say(write(contents(shown), style, numbers=False))
    return DRIFTED if check and (changed or old) else SOME_FAILED if problems else 0


def read_shown(base: Path) -> tuple[Shown, list[str]]:
    """Everything below a folder that can be read, and a line on each file that cannot."""
    if not base.is_dir():
        raise ResultsError(f"{base} is no folder of results")
    found, studies, races = (
        read_results([base], holds_scores_or_races),
        read_studies([base]),
        read_races([base]),
    )
    problems = [*found.problems, *studies.problems, *races.problems]
    scalings, unread = SCALINGS.read_below([base])
    problems += unread
    errors, unread = RACE_ERRORS.read_below([base])
    problems += unread
    simulations, unread = SIMULATIONS.read_below([base])
    problems += unread
    kept: dict[Path, Predictions] = {}
    histories: dict[Path, pd.DataFrame] = {}
    for study in studies.studies:
        try:
            kept[study.file] = read_predictions(study)
            histories[study.file] = read_histories(study)
        except ResultsError as error:
            problems.append(str(error))
    references = read_config(Path.cwd()).references
    saved = [race for _, race in races.races]
    raced = [one for one in errors if one.races]
    shown = Shown(found.results, studies.studies, saved, kept, histories, references,
                  scalings, raced, simulations)  # fmt: skip
    return shown, problems


@click.command("report")
@click.option(
    "--results",
    "base",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="The folder of results.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if something would change.")
@format_option
def report_command(base: Path, check: bool, style: str) -> int:
    """Makes pages of results: README.md beside them, figures, report.html, README.md's tables."""

    return write_report(click.echo, print_messages, base, check, style)
