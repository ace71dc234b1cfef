"""``evenfold report``: generate the pages of results, or check that they are current."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.options import format_option, refuse_table_formats
from evenfold.cli.output import print_messages, print_result
from evenfold.render.progress import Say, Tell
from evenfold.report.options import ReportOptions

DRIFTED, SOME_FAILED = 1, 3


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
    else:
        for page in changed:
            page.write()
            tell([f"{page.path} written"])
        say(write(contents(report_data), options.format, numbers=False))
    return SOME_FAILED if problems else 0


@click.command("report")
@click.option(
    "--results",
    "base",
    type=click.Path(path_type=Path),
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
