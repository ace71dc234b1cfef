"""``evenfold check``: the contract suite of models, and checks of score studies."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.completion import completes, models
from evenfold.cli.help import GroupedCommand
from evenfold.cli.options import dataset_options, format_option, models_option, silence_option
from evenfold.cli.output import print_messages, print_result
from evenfold.plugins.dataset_options import DatasetOptions

EXAMPLES = r"""
# Do your models keep the contract?
evenfold check two_layers --models mine
# Does a score study of your data keep its promises?
evenfold check svm_rbf --study --dataset patients.csv --target sick
"""


@click.command("check", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("models", nargs=-1, metavar="[MODEL]...", shell_complete=completes(models))
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
    from evenfold.check.conclusions import check_conclusion, check_next_step, detail_lines
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
    if outcomes and not in_table:
        print_result(f"{sentence(check_conclusion(outcomes, study), style)}\n")
    table = outcome_table(outcomes, findings if in_table else ())
    details = detail_lines(outcomes) if style == "table" else []
    print_result(write(table.drop(columns="detail") if details else table, style, False), style)
    if details:
        print_result("\n" + sentence("\n".join(details), style), style)
    if findings and not in_table:
        print_result("\n" + sentence("\n".join(finding_lines(findings)), style), style)
    if outcomes and not in_table:
        print_result(f"\n{sentence(check_next_step(outcomes, folders, study), style)}")
    code = check_exit_code(outcomes)
    if code == ALL_UNUSABLE:
        print_messages(["no model was checked: every one was skipped or could not be used"])
    return code
