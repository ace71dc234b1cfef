"""Score studies on disk, as a folder of results holds them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from evenfold.score.studies import NUMBER_COLUMNS, TEXT_COLUMNS
from evenfold.score.study_scores import StudyScores


def save_study(study: StudyScores, results: Path) -> StudyScores:
    """Write the scores, environment and predictions of a study below a folder of results."""
    folder = results / study.machine / study.label / "scores"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{study.dataset}.{study.protocol}.csv"
    table = study.scores.assign(dataset=study.dataset, protocol=study.protocol, peak_bytes=1)
    columns = [*TEXT_COLUMNS, *NUMBER_COLUMNS, "data", "rows"]
    table[columns].to_csv(file, index=False, lineterminator="\n")
    environment = {
        "schema": 1, "name": study.label, "machine": study.machine, "processor": "Beads",
        "cores": 2, "python": "3.13.0", "versions": {"numpy": "2.5.5"}, "revision": "abc",
        "models": list(study.models),
    }  # fmt: skip
    file.with_suffix(".environment.json").write_text(json.dumps(environment))
    np.savez_compressed(predictions_file(file), **study.read_predictions())
    return replace(study, file=file, arrays=None)


def predictions_file(file: Path) -> Path:
    """The predictions beside a file of scores."""
    return file.with_name(f"{file.stem}.predictions.npz")
