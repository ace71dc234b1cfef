"""A study saved where another one is: other models of the same rows stay, or a note says why."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from builders.models import ESTIMATOR
from evenfold.data.splits import holdout, kfold
from evenfold.plugins.sources import read_sources
from evenfold.runtime.environment import Environment
from evenfold.score.files import scores_file, write_study
from evenfold.score.fit import Fit
from evenfold.score.fit_energy import FitEnergy, StudyCosts
from evenfold.score.plan import Study, plan_fits
from evenfold.score.predictions import read_histories
from evenfold.score.runner import score_table
from evenfold.score.studies import LATER_METRICS, read_studies
from evenfold.stats.metrics import compute_scores

INFO = {"python": "3.13.0", "versions": {"numpy": "2.0"}, "backend": None, "flags": {}}
HERE = Environment(
    name="e", machine="m", python="3.12.1", versions={"numpy": "2.0"}, system="Linux",
    processor="Abacus", cores=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory, cancer):
    file = tmp_path_factory.mktemp("models") / "bayes.py"
    file.write_text(ESTIMATOR)
    splits = kfold(cancer, folds=2, repeats=1, seed=0)
    models = {"one": read_sources(file)}
    return Study(cancer, "kfold2x1", "kfold2", splits, 1, models, "compiled", 0, "e", INFO)


def save(study, results, models, environment=HERE, stays=True, failed=(), skipped=(), costs=None):
    """Write a study of some models, each of which predicts the same for every row."""
    source = study.models["one"]
    made = replace(study, models=dict.fromkeys(models, source))
    planned, fits = plan_fits(made, dict.fromkeys(models, "flat")), {}
    for number, fit in enumerate(planned):
        if fit.model in (*failed, *skipped):
            continue
        y = made.dataset.y[fit.split.test]
        p = np.tile([0.25 + 0.001 * number, 0.75 - 0.001 * number], (len(y), 1))
        scores = compute_scores(y, p, made.dataset.positive)
        fits[fit.key] = Fit("keras", "", 0.5, 100, p, {"loss": [1.0, 0.5]}, scores)
    file = scores_file(results / "m" / "e", made)
    table = score_table(made, planned, fits)
    reasons = dict.fromkeys(skipped, "no Keras")
    return write_study(
        file, environment, made, planned, fits, reasons, table, stays=stays, costs=costs
    )


def change_environment(results, **changes):
    """Change the environment.json of the only study; None removes a field."""
    (file,) = results.rglob("*.environment.json")
    content = {**json.loads(file.read_text()), **changes}
    kept = {name: value for name, value in content.items() if changes.get(name, 0) is not None}
    file.write_text(json.dumps(kept))


def reference(results):
    return read(results).environment["reference"]


def read(results):
    (saved,) = read_studies([results]).studies
    return saved


def test_other_models_of_the_same_rows_stay_with_their_predictions(study, tmp_path):
    assert save(study, tmp_path / "alone", ["one"]) == ()
    assert save(study, tmp_path / "both", ["one"]) == ()
    (note,) = save(study, tmp_path / "both", ["two"])
    assert "one stays the reference" in note
    both, alone = read(tmp_path / "both"), read(tmp_path / "alone")
    assert both.models == ("one", "two")
    of_one = both.scores[both.scores["model"] == "one"].reset_index(drop=True)
    assert of_one.equals(alone.scores)
    assert len(both.model_scores.tested) == 2  # the predictions of both are there
    assert set(read_histories(both)["model"]) == {"one", "two"}


def test_planned_epochs_and_energy_of_models_that_stay_are_not_lost(study, tmp_path):
    joules = {"one": [1.0, 2.0]}
    save(study, tmp_path, ["one"], costs=StudyCosts({"one": 5}, FitEnergy(("psu",), joules)))
    save(study, tmp_path, ["two"], costs=StudyCosts({"two": 7}))
    environment = read(tmp_path).environment
    assert environment["epochs"] == {"one": 5, "two": 7}
    assert environment["energy"] == {"one": {"sources": ["psu"], "joules": [1.0, 2.0]}}


def test_scores_keep_the_date_at_which_they_were_first_written(study, tmp_path):
    save(study, tmp_path, ["one"])
    now = datetime.now(timezone.utc)
    first = datetime.fromisoformat(read(tmp_path).environment["written"])
    assert timedelta(0) <= now - first < timedelta(minutes=1)
    change_environment(tmp_path, written="2020-01-31T12:00:00+00:00")
    save(study, tmp_path, ["one"])  # the same scores again
    assert "2020-01-31T12:00:00+00:00" == read(tmp_path).environment["written"]
    save(study, tmp_path, ["two"])
    assert first <= datetime.fromisoformat(read(tmp_path).environment["written"])
    change_environment(tmp_path, written=None)  # an older evenfold's
    save(study, tmp_path, ["two"])
    assert read(tmp_path).environment["written"]


@pytest.mark.parametrize("date", ["yesterday", "2020-01-31T12:00:00", 3, "", "9" * 500,
                                  "9999-12-31T23:59:59-23:59"])  # fmt: skip
def test_a_date_that_is_none_is_one_message(study, tmp_path, date):
    save(study, tmp_path, ["one"])
    change_environment(tmp_path, written=date)
    (problem,) = read_studies([tmp_path]).problems
    assert "written: " in problem


def test_rows_that_stay_are_the_same_text(study, tmp_path):
    save(study, tmp_path, ["one"])
    (file,) = tmp_path.rglob("*.csv")
    before = file.read_text().splitlines()
    save(study, tmp_path, ["two"])
    assert [line for line in file.read_text().splitlines() if not line.startswith("two,")] == before


def test_a_model_that_is_scored_again_is_replaced(study, tmp_path):
    save(study, tmp_path, ["one", "two"])
    (note,) = save(study, tmp_path, ["two"])
    assert "replaced" not in note
    assert read(tmp_path).scores.groupby("model").size().to_dict() == {"one": 2, "two": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"splits": 1}, "their splits have other rows"),
        ({"environment": replace(HERE, versions={"numpy": "2.1"})}, "numpy was 2.0, is 2.1"),
        ({"environment": replace(HERE, threads=1)}, "threads was None, is 1"),
    ],
)
def test_models_that_are_not_comparable_are_replaced_and_named(study, tmp_path, change, reason):
    save(study, tmp_path, ["one"])
    if "splits" in change:
        splits = kfold(study.dataset, folds=2, repeats=1, seed=change["splits"])
        notes = save(replace(study, splits=splits), tmp_path, ["two"])
    else:
        notes = save(study, tmp_path, ["two"], **change)
    assert len(notes) == 1
    assert f"the scores of one (2 fits) are replaced: {reason}" in notes[0]
    assert read(tmp_path).models == ("two",)


def test_the_study_of_all_models_replaces_its_file(study, tmp_path):
    save(study, tmp_path, ["one"])
    (note,) = save(study, tmp_path, ["two"], stays=False)
    assert note.endswith("the scores of one (2 fits) are replaced")


def test_a_file_that_cannot_be_read_is_replaced_with_a_note(study, tmp_path):
    save(study, tmp_path, ["one"])
    (file,) = tmp_path.rglob("*.csv")
    file.write_text("nothing\n")
    (note,) = save(study, tmp_path, ["two"])
    assert f"{file} is replaced: it could not be read" in note


def test_two_studies_at_once_keep_the_models_of_both(study, tmp_path):
    threads = [
        threading.Thread(target=save, args=(study, tmp_path, [name])) for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read(tmp_path).models) == ["one", "two"]


def test_a_table_of_an_older_evenfold_stays_although_it_lacks_metrics(study, tmp_path):
    save(study, tmp_path, ["one"])
    (file,) = tmp_path.rglob("*.csv")
    pd.read_csv(file, dtype=str).drop(columns=[*LATER_METRICS]).to_csv(file, index=False)
    save(study, tmp_path, ["two"])
    scores = read(tmp_path).scores.set_index("model")
    assert scores.loc["one", "mcc"].isna().all()
    assert scores.loc["two", "mcc"].notna().all()
    assert scores.loc["one", "accuracy"].notna().all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"engine": "keras"}, "engine was compiled, is keras"),
        ({"run_seed": 7}, "--seed was 0, is 7"),
        ({"seeds": 3}, "--seeds was 2, is 3"),
    ],
)
@pytest.mark.parametrize("is_older", [False, True])
def test_fits_of_another_engine_or_seed_are_replaced(study, tmp_path, change, reason, is_older):
    """The rows of a holdout are the same for every seed of the run."""
    splits = [replace(split, name="r0f0") for split in holdout(study.dataset)]
    study = replace(study, protocol="holdout", design="holdout", splits=splits, seeds=2)
    save(study, tmp_path, ["one"])
    if is_older:
        change_environment(tmp_path, engine=None, run_seed=None, seeds=None)
    (note,) = save(replace(study, **change), tmp_path, ["two"])
    assert note.endswith(f"the scores of one (2 fits) are replaced: {reason}")
    assert read(tmp_path).models == ("two",)


def test_a_file_of_an_older_evenfold_has_the_default_engine_and_seed(study, tmp_path):
    save(study, tmp_path, ["one"])
    change_environment(tmp_path, engine=None, run_seed=None, seeds=None)
    save(study, tmp_path, ["two"])
    assert read(tmp_path).models == ("one", "two")


@pytest.mark.parametrize("how", ["failed", "skipped"])
def test_the_scores_of_a_model_without_new_ones_stay(study, tmp_path, how):
    """A model is not skipped and scored in one file."""
    save(study, tmp_path, ["one", "two"])
    (note,) = save(study, tmp_path, ["one", "two"], **{how: ["two"]})
    assert note.endswith("the earlier scores of two stay, as there are no new ones")
    saved = read(tmp_path)
    assert saved.scores.groupby("model").size().to_dict() == {"one": 2, "two": 2}
    assert saved.environment["models"] == ["one", "two"]
    assert saved.environment["skipped"] == {}


def test_a_model_that_was_skipped_and_is_scored_now_is_not_skipped(study, tmp_path):
    save(study, tmp_path, ["one", "two", "three"], skipped=["two", "three"])
    save(study, tmp_path, ["two"])
    assert read(tmp_path).environment["models"] == ["two", "one"]
    assert read(tmp_path).environment["skipped"] == {"three": "no Keras"}


def test_the_same_models_of_another_environment_are_replaced_with_a_note(study, tmp_path):
    save(study, tmp_path, ["one"])
    (note,) = save(study, tmp_path, ["one"], replace(HERE, versions={"numpy": "2.1"}))
    assert note.endswith("the scores of one (2 fits) are replaced: numpy was 2.0, is 2.1")


def test_splits_without_fits_are_no_other_splits(study, tmp_path):
    """All fits of a split failed in the earlier study."""
    save(study, tmp_path, ["one"])
    (file,) = tmp_path.rglob("*.csv")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    save(study, tmp_path, ["two"])
    assert read(tmp_path).scores.groupby("model").size().to_dict() == {"one": 1, "two": 2}


def test_the_reference_stays_unless_it_is_scored_again(study, tmp_path):
    save(study, tmp_path, ["two", "one"])
    (note,) = save(study, tmp_path, ["three"])
    assert reference(tmp_path) == "two"
    assert note.endswith("two stays the reference; to change it, score it again with another model "
                         "first")  # fmt: skip
    assert save(study, tmp_path, ["one", "two"]) == ()
    assert reference(tmp_path) == "one"
