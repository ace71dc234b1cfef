"""``evenfold.score`` and ``evenfold.race`` with estimators, builders and names, mixed."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import evenfold
from builders.models import ESTIMATOR
from evenfold.data.splits import kfold
from evenfold.errors import PluginError, UsageError

SMALL = {"folds": 2, "repeats": 1, "jobs": 2}


@pytest.fixture(scope="module")
def frame(cancer):
    features = pd.DataFrame(cancer.x[:, :5], columns=list(cancer.feature_names)[:5])
    return features.assign(kind=[cancer.class_names[label] for label in cancer.y])


@pytest.fixture
def score(tmp_path, monkeypatch, frame):
    monkeypatch.chdir(tmp_path)
    return lambda models, **options: evenfold.score(
        models, frame, "kind", **{"results": str(tmp_path / "results"), **SMALL, **options}
    )


def keras_builder(task):
    import keras

    model = keras.Sequential(
        [
            keras.Input(shape=task.input_shape),
            keras.layers.Dense(task.output_units, activation=task.output_activation),
        ]
    )
    model.compile(optimizer="adam", loss=task.loss)
    return model


@pytest.mark.slow(reason="trains a network in worker processes")
@pytest.mark.usefixtures("framework")
def test_estimators_names_and_builders_are_scored_together(score):
    found = score([GaussianNB(), "majority", keras_builder])
    assert ["GaussianNB", "majority", "keras_builder"] == list(found.models)
    assert not found.failed
    engines = found.scores.groupby("model")["engine"].first()
    assert ["estimator", "compiled", "estimator"] == list(engines)
    assert "keras_builder trains 50 epochs, the default of a function" in found.caption


def test_values_score_as_their_plug_in_files_do(score, tmp_path):
    """The name seeds a fit, so the name is the same here."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "GaussianNB.py").write_text(ESTIMATOR)
    by_value = score(GaussianNB())
    by_file = score("GaussianNB", folders=str(tmp_path / "own"))
    columns = ["model", "split", "seed", "accuracy", "log_loss", "rows"]
    pd.testing.assert_frame_equal(by_file.scores[columns], by_value.scores[columns])


def test_a_fit_runs_again_where_class_or_parameters_changed(score, tmp_path):
    from evenfold.score.store import Store

    def count():
        with Store(tmp_path / ".evenfold" / "fits.sqlite") as store:
            return len(store._connection.execute("select 1 from fits").fetchall())

    score(GaussianNB())
    assert 2 == count()
    score(GaussianNB(var_smoothing=1e-9))  # the default
    assert 2 == count()
    score(GaussianNB(var_smoothing=1e-3))
    assert 4 == count()


PEOPLE_S = {
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "search": GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=3),
    "stack": StackingClassifier([("bayes", GaussianNB()), ("line", LogisticRegression())], cv=3),
    "calibrated": CalibratedClassifierCV(LinearSVC(), cv=3),
    "forest": RandomForestClassifier(n_estimators=5),
}


@pytest.mark.slow(reason="fits five estimators in worker processes")
def test_what_people_have_is_scored_as_cross_validate_does(score, frame):
    from evenfold.data.frames import from_frame
    from evenfold.data.table_options import TableOptions
    from evenfold.worker.seeds import set_random_state

    found = score(PEOPLE_S)
    assert not found.failed
    dataset = from_frame(frame, TableOptions(target="kind"))
    splits = kfold(dataset, 2, 1, 0)
    for name, estimator in PEOPLE_S.items():
        mine = found.scores[found.scores["model"] == name].reset_index()
        for number, split in enumerate(splits):
            set_random_state(estimator, int(mine["seed"][number]))
            expected = cross_validate(
                make_pipeline(StandardScaler(), estimator), dataset.x, dataset.y,
                cv=[(split.train, split.test)], scoring=["accuracy", "neg_log_loss"],
            )  # fmt: skip
            assert expected["test_accuracy"][0] == pytest.approx(mine["accuracy"][number], abs=1e-9)
            assert -expected["test_neg_log_loss"][0] == pytest.approx(
                mine["log_loss"][number], abs=1e-9
            )


def test_an_estimator_without_probabilities_fails_with_what_to_do(score):
    inside = make_pipeline(StandardScaler(), RidgeClassifier())
    found = score([GaussianNB(), RidgeClassifier(), inside])
    assert {"GaussianNB"} == set(found.scores["model"])
    message, of_pipeline = found.failed
    assert "StandardScaler_RidgeClassifier" in of_pipeline
    assert "Pipeline has no predict_proba: return a CalibratedClassifierCV" in of_pipeline
    assert "model RidgeClassifier (" in message
    assert "RidgeClassifier has no predict_proba: return a CalibratedClassifierCV" in message


def test_what_cannot_be_sent_is_an_evenfold_error(score):
    with pytest.raises(PluginError, match="write it with def"):
        score([GaussianNB(), lambda task: None])
    with pytest.raises(UsageError, match="is a class"):
        score(GaussianNB)


SCRIPT = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
import evenfold

class Mine(LogisticRegression):
    def fit(self, x, y):
        return super().fit(2 * x, y)

STRENGTH = 0.5

def builder(task):
    return Mine(C=STRENGTH)

frame = pd.read_csv("frame.csv")
found = evenfold.score([Mine(), builder], frame, "kind", folds=2, repeats=1, results="out")
assert not found.failed, found.failed
print(found.table.to_json(orient="records"))
"""


def test_a_script_needs_no_guard_and_prints_nothing(frame, tmp_path):
    frame.to_csv(tmp_path / "frame.csv", index=False)
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    assert "" == done.stderr
    rows = json.loads(done.stdout)
    assert ["Mine", "builder"] == [row["model"] for row in rows]


@pytest.mark.slow(reason="races two estimators for some seconds")
def test_estimators_are_raced(frame, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = evenfold.race(
        GaussianNB(), LogisticRegression(), measure="predict", budget="60s", margin="5%",
        dataset=frame, target="kind", results=str(tmp_path / "races"),
    )  # fmt: skip
    assert ["LogisticRegression"] == list(found.ratios)
    assert 0.05 == found.race.settings.margin
    assert np.isfinite(found.table["median_seconds"]).all()


@pytest.mark.parametrize("empty", [[], {}, ()])
def test_an_empty_list_of_models_trains_nothing(empty):
    with pytest.raises(UsageError, match="there is no model to score"):
        evenfold.score(empty)


@pytest.mark.parametrize("option", ["results", "folders", "store"])
def test_a_value_that_is_no_path_is_refused(option):
    with pytest.raises(UsageError, match=r"^3 is not a path: give a text"):
        evenfold.score("majority", **{option: 3})


def test_a_text_that_is_no_duration_is_refused():
    with pytest.raises(UsageError, match="'soon' is not a duration: write 120s"):
        evenfold.race("majority", "majority", budget="soon")


def test_weights_by_label_reach_the_workers(score):
    """Labels of the data, which a fit in a worker knows as numbers alone."""

    def line(task):
        return LogisticRegression()

    weights = {"plain": None, "favoured": {"malignant": 50.0}, "balanced": "balanced"}
    models = {name: evenfold.Model(line, class_weight=each) for name, each in weights.items()}
    found = score(models, positive="malignant")
    assert not found.failed
    sensitivity = found.scores.groupby("model")["sensitivity"].mean()
    assert sensitivity["favoured"] > sensitivity["balanced"] >= sensitivity["plain"]
    failed = score(evenfold.Model(line, class_weight={"sick": 2.0})).failed
    assert "class_weight has the label 'sick', and the data have benign, malignant" in failed[0]
