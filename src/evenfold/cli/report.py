"""``evenfold report``: generate the pages of results, or check that they are current."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.help import GroupedCommand
from evenfold.cli.options import format_option, refuse_table_formats
from evenfold.cli.output import print_messages, print_result
from evenfold.render.progress import Say, Tell
from evenfold.render.words import counted
from evenfold.report.options import ReportOptions

DRIFTED, SOME_FAILED = 1, 3
EXAMPLES = """
# All results on one page: results/report.html
evenfold report
# The page of one run
evenfold report --results .evenfold/runs/20261128-101500
# In CI: do the pages agree with the results?
evenfold report --check
"""


def write_report(say: Say, tell: Tell, options: ReportOptions) -> int:
    """Write the files that differ from the results, or with ``check`` name them.

    Parameters
    ----------
    say
        Prints results.
    tell
        Prints messages.
    options
        The options.

    Returns
    -------
    int
        The exit code: 1 where ``check`` found a difference, 3 where a result could not be read.
    """
    from evenfold.render.tables import write
    from evenfold.report.pages import PAGE, drifted, left_over, pages
    from evenfold.report.reading import read_report_data
    from evenfold.report.report_data import contents

    base = options.base
    report_data, problems = read_report_data(base)
    tell(problems)
    with_page = not options.check or (base / PAGE).exists()
    made = list(pages(report_data, base, with_page))
    changed, old = drifted(made), left_over(made, base)
    tell(f"{file} belongs to no result that can be read: delete it" for file in old)
    if options.check:
        tell(f"{page.path} differs from the results: run evenfold report" for page in changed)
        if changed or old:
            return DRIFTED
        tell([f"all {counted(len(made), 'file')} made from {base} agree with the results"])
    else:
        for page in changed:
            page.write()
            tell([f"{page.path} written"])
        table = write(contents(report_data), options.format, numbers=False)
        if options.format in ("csv", "json"):
            say(table)
        else:
            say(f"{_conclusion(len(made), len(changed), base)}\n\n{table}\n")
            say(f"Next: open {base / PAGE} in a browser: it works offline.")
    return SOME_FAILED if problems else 0


def _conclusion(files: int, written: int, base: Path) -> str:
    """Return how many files a report has, and how many of them have changed."""
    changed = (
        f"{counted(written, 'of them was', 'of them were')} written"
        if written
        else ("all of them were up to date")
    )
    return f"The report of {base} has {counted(files, 'file')}; {changed}."


@click.command("report", cls=GroupedCommand, epilog=EXAMPLES)
@click.option(
    "--results",
    "base",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=ReportOptions.base,
    show_default=True,
    help="Folder of results.",
)
@click.option(
    "--check",
    is_flag=True,
    default=ReportOptions.check,
    help="Write nothing; exit with code 1 if a generated file differs from the results.",
)
@format_option
def report_command(base: Path, check: bool, style: str) -> int:
    """Generate README.md and report.html of a folder of results, and the tables of ./README.md.

    The folder's README.md is a short page with the main tables and figures; report.html has every
    table and figure and works offline.
    """
    if check:
        refuse_table_formats(click.get_current_context(), "--check prints no table")
    return write_report(
        lambda text: print_result(text, style), print_messages, ReportOptions(base, check, style)
    )
