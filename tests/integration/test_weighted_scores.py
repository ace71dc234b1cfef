"""A study with a column of sample weights, from the table to the scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

import evenfold
from builders.commands import run_command

ROWS = 120


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(2)
    y = np.arange(ROWS) % 2
    columns = {f"x{n}": rng.normal(size=ROWS) + 0.4 * y for n in range(3)}
    return pd.DataFrame({**columns, "w": rng.integers(0, 5, ROWS) + 0.5, "y": y})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weighted")


@pytest.fixture(scope="module")
def result(frame, folder):
    return evenfold.score(
        {"logistic": LogisticRegression(), "near": KNeighborsClassifier()},
        frame, target="y", sample_weight="w", folds=3, repeats=1, results=folder / "results",
    )  # fmt: skip


def test_scores_are_those_of_weighted_fits_by_hand(result, frame):
    """Weighted training, unweighted scores, to 1e-12."""
    x, y, w = frame[["x0", "x1", "x2"]].to_numpy(), frame["y"].to_numpy(), frame["w"].to_numpy()
    rows = result.scores[result.scores["model"] == "logistic"].set_index("split")
    splitter = RepeatedStratifiedKFold(n_splits=3, n_repeats=1, random_state=0)
    for n, (train, test) in enumerate(splitter.split(x, y)):
        scaler = StandardScaler().fit(x[train])
        model = LogisticRegression(random_state=0)
        model.fit(scaler.transform(x[train]), y[train], sample_weight=w[train])
        probabilities = model.predict_proba(scaler.transform(x[test]))
        accuracy = accuracy_score(y[test], probabilities.argmax(axis=1))
        assert rows.loc[f"r0f{n}", "accuracy"] == pytest.approx(accuracy, abs=1e-12)
        loss = log_loss(y[test], probabilities)
        assert rows.loc[f"r0f{n}", "log_loss"] == pytest.approx(loss, abs=1e-12)


def test_a_model_that_takes_none_is_one_message(result):
    (message,) = result.failed
    assert message.startswith("model near (")
    assert "KNeighborsClassifier takes no sample_weight: leave the model out, or train" in message
    assert "3 fits" in message
    assert "trained with the sample weights of the data; scores are unweighted." in result.caption


def test_the_command_shows_and_takes_the_column(frame, folder):
    frame.to_csv(folder / "own.csv", index=False)
    data = ("own.csv", "--target", "y", "--sample-weight", "w")
    shown = run_command("data", *data, cwd=folder)
    assert "| w        | weight |" in shown.stdout
    assert "--target y --sample-weight w" in shown.stdout.splitlines()[-1]
    options = ("--folds", "3", "--repeats", "1", "--format", "csv")
    found = run_command("score", "majority", "--dataset", *data, *options, cwd=folder)
    assert 0 == found.returncode, found.stderr
    refused = run_command("score", "majority", "--dataset", "wine", "--sample-weight", "w")
    assert 2 == refused.returncode
    assert "--sample-weight does not go with wine, which is built in" in refused.stderr
