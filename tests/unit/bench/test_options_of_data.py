"""What names the data of a command names that of a bench run too."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest

from evenfold.bench.options import add_options, read_options
from evenfold.cli.options import DATA_OPTIONS, dataset_options
from evenfold.plugins.dataset_options import DatasetOptions


@pytest.fixture
def read():
    """Reads the options of a command line as pytest does."""

    def read(*arguments):
        parser = pytest.Parser(_ispytest=True)
        add_options(parser)
        given = parser.parse_known_args(arguments)
        config = SimpleNamespace(option=given, invocation_params=SimpleNamespace(dir=Path(".")))
        return read_options(config).data

    return read


def test_a_bench_run_reads_every_option_of_a_table(read):
    found = read(
        "--dataset", "own.csv", "--target", "y", "--positive", "a", "--group", "g", "--drop", "b",
        "--drop", "c", "--categorical", "d", "--ordinal", "e=1,2", "--missing", "refuse",
        "--preprocess", "none", "--sample-weight", "w", "--sheet", "s",
    )  # fmt: skip
    assert DatasetOptions(
        "own.csv", "y", "a", "g", drop=("b", "c"), categorical=("d",), ordinal=("e=1,2",),
        missing="refuse", preprocess="none", sample_weight="w", sheet="s",
    ) == found  # fmt: skip
    assert DatasetOptions() == read()


def test_commands_have_an_option_for_each_field():
    command = dataset_options(lambda **options: None)
    names = {option.name for option in command.__click_params__}
    # The harness alone sets a name, where several data sets have the same one.
    assert names == {field.name for field in fields(DatasetOptions)} - {"name"}
    assert len(DATA_OPTIONS) + 1 == len(names), "and --dataset, or --dataset several times"
