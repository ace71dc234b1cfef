"""``evenfold check``: the contract suite of models, and checks of score studies."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.options import dataset_options, format_option, models_option, silence_option
from evenfold.cli.output import print_messages, print_result
from evenfold.plugins.datasets import DatasetOptions


@click.command("check")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@click.option(
    "--study", is_flag=True, help="Check score studies with these models, instead of the models."
)
@silence_option
@dataset_options
@format_option
def check_command(
    models: tuple[str, ...],
    folders: tuple[Path, ...],
    study: bool,
    silence: tuple[str, ...],
    data: DatasetOptions,
    style: str,
) -> int:
    """Check MODEL, or every model, against the contract. Runs the models' code.

    With --study it checks score studies of a dataset instead: the test rows change nothing that
    the preprocessing knows, permuted labels score as chance, a feature that helps in test rows
    alone does not help, a model is not better than itself, and estimators score as in
    cross_validate. Below the table it prints what may be wrong with the study: diagnostics, which
    change no exit code.

    Exit code 1: a check failed; 2: no model could be loaded and built, or every one was skipped;
    3: some could not.
    """
    from evenfold.check.options import CheckOptions
    from evenfold.check.run import (
        ALL_UNUSABLE,
        check_exit_code,
        outcome_table,
        run_check,
    )
    from evenfold.diagnostics.finding import Finding, finding_lines
    from evenfold.render.media import sentence
    from evenfold.render.tables import write

    options = CheckOptions(models, folders, study, data, silence)
    findings: list[Finding] = []
    outcomes = run_check(options, Path.cwd(), print_messages, findings.extend)
    in_table = style in ("csv", "json")
    table = outcome_table(outcomes, findings if in_table else ())
    print_result(write(table, style, numbers=False), style)
    if findings and not in_table:
        print_result("\n" + sentence("\n".join(finding_lines(findings)), style), style)
    code = check_exit_code(outcomes)
    if code == ALL_UNUSABLE:
        print_messages(["no model was checked: every one was skipped or could not be used"])
    return code
