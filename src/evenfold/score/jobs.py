"""The jobs of a study's fits, made as workers take them: files of folds take bounded room."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from evenfold.data.folds import make_fold
from evenfold.score.plan import PlannedFit, Study
from evenfold.worker.fold_files import write_fold
from evenfold.worker.protocol import FitJob

# Files of folds that no running fit reads are kept up to this size for other models.
MOST_BYTES = 2**30
FoldKey = tuple[str, str]


class StudyJobs:
    """The jobs of fits, one after another; iterate over it in one thread at a time.

    The fold of the first fit is made at once, so that data that cannot be prepared are refused
    before anything is fitted.

    Parameters
    ----------
    study, planned
        The study and the fits to run.
    folder
        Where files of folds and sources go.
    most_bytes
        The room of the files of folds that no running fit reads.
    """

    def __init__(
        self,
        study: Study,
        planned: Iterable[PlannedFit],
        folder: Path,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Make the first fold."""
        self.study, self.planned, self.folder = study, list(planned), folder
        self.most_bytes = most_bytes
        self._folds: dict[FoldKey, Path] = {}  # the least recently used first
        self._uses: Counter[Path] = Counter()
        self._sources: dict[str, Path] = {}
        self._lock = threading.Lock()
        for fit in self.planned[:1]:
            self._fold_file(fit)

    def __iter__(self) -> Iterator[FitJob]:
        for fit in self.planned:
            with self._lock:
                job = self._job(fit)
            yield job

    def finish(self, job: FitJob) -> None:
        """Give up the files of a job whose fit has ended."""
        with self._lock:
            self._uses[Path(job["fold"])] -= 1
            self._free()

    def _job(self, fit: PlannedFit) -> FitJob:
        fold = self._fold_file(fit)
        self._uses[fold] += 1
        if fit.model not in self._sources:
            file = self.folder / f"sources-{len(self._sources)}.json"
            self._sources[fit.model] = fit.sources.save(file)
        return {
            "key": fit.key,
            "model": fit.model,
            "sources": str(self._sources[fit.model]),
            "layout": fit.layout,
            "fold": str(fold),
            "n_classes": self.study.dataset.n_classes,
            "seed": fit.seed,
            "engine": self.study.engine,
            "curves": self.study.has_curves,
        }

    def _fold_file(self, fit: PlannedFit) -> Path:
        key = (fit.split.name, fit.layout)
        file = self._folds.pop(key, None)
        if file is None:
            file = self.folder / f"{fit.split.name}-{fit.layout}.npz"
            fold = make_fold(self.study.dataset, fit.split, fit.layout)
            write_fold(file, fold)
        self._folds[key] = file
        return file

    def _free(self) -> None:
        """Remove files that no running fit reads, as far as all of them are too large."""
        unused = {key: file for key, file in self._folds.items() if not self._uses[file]}
        room = sum(file.stat().st_size for file in unused.values()) - self.most_bytes
        for key, file in unused.items():
            if room <= 0:
                return
            room -= file.stat().st_size
            file.unlink()
            del self._folds[key], self._uses[file]
