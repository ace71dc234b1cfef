"""Times to a target of saved studies: in compare, in load and in the report."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import evenfold
from builders import ROOT
from builders.predicted_studies import predicted_study
from builders.saved_studies import save_study
from evenfold.cli.main import cli
from evenfold.config import read_config
from evenfold.errors import ResultsError, UsageError
from evenfold.render.tables import write
from evenfold.report.reading import read_report_data
from evenfold.report.sections import complete_sections
from evenfold.score.saved_times import times_of_study
from evenfold.score.studies import read_study
from evenfold.score.target import ScoreTarget
from evenfold.score.time_tables import target_conclusion, target_table
from evenfold.score.time_to_target import time_to_target
from evenfold.stats.score_intervals import Design

TARGET = ScoreTarget("accuracy", 0.9)
SEEDS = 6


def save(results, design, curve="held_out_accuracy", label="tf9"):
    """A study of an estimator and a network, all of whose fits reach 0.9 in their third epoch."""
    study = save_study(predicted_study({"net": 0.9, "majority": 0.6}, design, label), results)
    of_net = study.scores[study.scores["model"] == "net"]
    arrays = {}
    for split, seed in zip(of_net["split"], of_net["seed"], strict=True):
        for name, values in ((curve, [0.5, 0.8, 0.95, 0.95]), ("epoch_seconds", [3.0, 1, 1, 1])):
            arrays[f"net/{split}/{seed}/{name}"] = np.array(values)
    np.savez_compressed(study.file.with_name(f"{study.file.stem}.history.npz"), **arrays)
    record = study.file.with_suffix(".environment.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "epochs": {"net": 8}}))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A holdout with curves of test rows, and folds without any."""
    folder = tmp_path_factory.mktemp("results")
    save(folder, Design(1, SEEDS))
    save(folder, Design(4, 5), "accuracy", "tf8")
    return folder


def compare(*arguments):
    return CliRunner().invoke(cli, ["compare", *map(str, arguments)], catch_exceptions=False)


def test_load_has_a_row_for_each_network_with_a_curve(results):
    (row,) = evenfold.load(results).time_to("accuracy=0.9").to_dict("records")
    assert (row["environment"], row["protocol"], row["model"]) == ("tf9", "holdout", "net")
    assert (row["rows"], row["fits"], row["reached"]) == ("test", SEEDS, SEEDS)
    assert (row["epochs"], row["seconds"], row["start_up_seconds"]) == (3, 3, 2)
    assert (row["epochs_planned"], row["saved_epochs_share"], row["saved_seconds"]) == (8, 0.5, 4)


def test_load_refuses_what_is_no_target(results):
    with pytest.raises(UsageError, match="write METRIC=VALUE"):
        evenfold.load(results).time_to("accuracy")


def test_compare_shows_the_table_before_the_next_command_and_names_studies_without(results):
    done = compare(results, "--time-to", "accuracy=0.9", "--format", "markdown")
    assert done.exit_code == 0, done.output
    before, _, after = done.stdout.partition("Half of the fits reach accuracy 0.9: net after 3 ")
    assert "Next:" not in before
    assert "4 of 8, 50 % saved" in after
    assert "beads (kfold4x5, tf8): no curve of rows that training does not see." in after
    assert after.rstrip().rpartition("\n")[2].startswith("Next:")


def test_compare_writes_times_as_numbers(results):
    done = compare(results, "--time-to", "accuracy=0.9", "--format", "json")
    assert [row["epochs_high"] for row in json.loads(done.stdout)] == [3]


def test_compare_without_the_option_shows_none(results):
    assert "reach accuracy" not in compare(results).stdout


def test_times_are_refused_where_no_study_is_compared(results):
    done = CliRunner().invoke(cli, ["compare", str(results), "--only", "datasets", "--time-to",
                                    "accuracy=0.9"])  # fmt: skip
    assert isinstance(done.exception, UsageError)
    assert "--time-to cannot apply" in str(done.exception)


def test_a_store_has_no_curves_to_read(results):
    (study,) = [s for s in evenfold.load(results).studies if s.label == "tf9"]
    stored = type(study)(**{**vars(study), "file": study.file.with_suffix(".sqlite")})
    with pytest.raises(ResultsError, match="learning curves are read from a folder of results"):
        times_of_study(stored, TARGET)


def test_the_report_shows_the_projects_target(results, tmp_path, monkeypatch):
    """Of the study with curves alone, and nothing without the setting."""
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\ntime_to = "accuracy=0.9"\n')
    monkeypatch.chdir(tmp_path)
    assert folds(results) == ["Time to accuracy 0.9"]
    (tmp_path / "pyproject.toml").write_text("")
    assert folds(results) == []


def folds(results):
    """The titles of folded parts on times."""
    report_data, problems = read_report_data(results)
    assert problems == []
    return [
        part.title
        for section in complete_sections(report_data, results)
        for part in section.parts
        if getattr(part, "title", "").startswith("Time to")
    ]


def test_a_target_in_the_settings_that_is_none_is_refused(results, tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[tool.evenfold]\ntime_to = "roc_auc=0.9"\n')
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no learning curves of 'roc_auc'"):
        read_report_data(results)


def test_a_setting_that_is_no_text_is_refused(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[tool.evenfold]\ntime_to = 0.9\n")
    with pytest.raises(UsageError, match="time_to must be a text"):
        read_config(tmp_path)


def test_folds_widen_the_interval_of_the_same_fits():
    fits = {"net": [{"val_accuracy": np.linspace(0.5, 0.5 + 0.1 * n, 20)} for n in range(6, 16)]}
    ends = [time_to_target(TARGET, fits, design, {}).models[0].epochs.high
            for design in (Design(1, 10), Design(10, 1))]  # fmt: skip
    assert ends[0] < ends[1]


def test_the_page_shows_the_times_of_the_committed_study():
    """The table on the how-to page, cell by cell."""
    page = (ROOT / "docs" / "how-to" / "time-to-quality.md").read_text(encoding="utf-8")
    study = read_study(ROOT / "results/epyc-2c/tf2.21/scores/breast_cancer.holdout.csv")
    times = times_of_study(study, ScoreTarget("accuracy", 0.95))
    for line in write(target_table(times), "markdown").splitlines():
        assert line in page
    assert target_conclusion(times) in " ".join(page.split())
