"""Networks of Keras for the diagnostics of curves: trained briefly, well, and too long."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

import evenfold
from evenfold.score.options import SplitProtocol


@dataclass(frozen=True)
class NetworkCase:
    """A network on the breast-cancer table, with the codes that must fire and those that may."""

    name: str
    model: str
    must: tuple[str, ...]
    protocol: SplitProtocol
    wrong_labels: float = 0.0
    rows: int = 569
    may: tuple[str, ...] = ("EF012", "EF013")
    most_trials: int = 4

    def fired_codes(self, seed: int) -> set[str]:
        """Train the network with evenfold, and return the codes of the study's findings."""
        data = load_breast_cancer()
        rng = np.random.default_rng([seed, 31])
        rows = rng.permutation(len(data.target))[: self.rows]
        wrong = rng.uniform(size=len(rows)) < self.wrong_labels
        y = np.where(wrong, 1 - data.target[rows], data.target[rows])
        frame = pd.DataFrame(data.data[rows], columns=data.feature_names).assign(label=y)
        many = {"seeds": 5} if self.protocol == "holdout" else {"folds": 5, "repeats": 1}
        with TemporaryDirectory(prefix="evenfold-") as folder:
            study = evenfold.score(
                self.model,
                frame,
                "label",
                protocol=self.protocol,
                seed=seed,
                results=Path(folder) / "results",
                store=Path(folder) / "fits.sqlite",
                **many,
            )
        return {finding.code for finding in study.findings}


NETWORKS = [
    NetworkCase(
        "network of 4 epochs",
        "dense_ann[epochs=4]",
        ("EF006",),
        "kfold",
        may=("EF009", "EF012", "EF013"),
    ),
    NetworkCase("network of 60 epochs", "dense_ann[epochs=60]", (), "kfold"),
    NetworkCase(
        "network of 200 epochs, a quarter of the labels wrong",
        "conv1d_three_block[epochs=200]",
        ("EF007",),
        "holdout",
        wrong_labels=0.25,
        rows=200,
        most_trials=1,
        may=("EF008", "EF010", "EF011", "EF012", "EF013"),
    ),
]
