"""``evenfold check``: the contract suite of models, and checks of score studies."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.options import format_option, models_option
from evenfold.cli.output import print_messages


@click.command("check")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@click.option(
    "--study", is_flag=True, help="Check score studies with these models, instead of the models."
)
@format_option
def check_command(
    models: tuple[str, ...], folders: tuple[Path, ...], study: bool, style: str
) -> int:
    """Check MODEL, or every model, against the contract. Runs the models' code.

    With --study it checks score studies instead: permuted labels score as chance, a feature that
    helps in test rows alone does not help, a model is not better than itself, and estimators score
    as in cross_validate.

    Exit code 1: a check failed; 2: no model could be loaded and built; 3: some could not.
    """
    from evenfold.check.run import check_models, check_studies, exit_code, table
    from evenfold.plugins.folders import locate
    from evenfold.plugins.models import find_models
    from evenfold.render.tables import write
    from evenfold.worker.plugin import canonical_spec

    available = find_models(folders, Path.cwd())
    print_messages(available.notes)
    names = [canonical_spec(spec) for spec in models] or sorted(available.files)
    outcomes = []
    files = {name: locate(name, available.files) for name in names}
    for outcome in (check_studies if study else check_models)(files):
        outcomes.append(outcome)
        print_messages([f"{outcome.model}: {outcome.check}: {outcome.result}"])
    click.echo(write(table(outcomes), style, numbers=False))
    return exit_code(outcomes)
