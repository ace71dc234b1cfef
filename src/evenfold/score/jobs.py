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
        self._uses: Counter[Path] = Counter()  # of running fits, by file
        # Files that no running fit reads, with their sizes; that which was used first comes first.
        self._unused: dict[Path, int] = {}
        self._unused_bytes = 0
        self._sources: dict[str, Path] = {}
        self._lock = threading.Lock()
        for fit in self.planned[:1]:
            self._give_up(self._fold_file(fit))

    def __iter__(self) -> Iterator[FitJob]:
        for fit in self.planned:
            with self._lock:
                job = self._job(fit)
            yield job

    def finish(self, job: FitJob) -> None:
        """Give up the files of a job whose fit has ended."""
        file = Path(job["fold"])
        with self._lock:
            self._uses[file] -= 1
            if not self._uses[file]:
                del self._uses[file]
                self._give_up(file)

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
        """Return the file of a fit's fold, which is made where there is none."""
        file = self.folder / f"{fit.split.name}-{fit.layout}.npz"
        if file in self._uses:
            return file
        if file in self._unused:
            self._unused_bytes -= self._unused.pop(file)
            return file
        fold = make_fold(self.study.dataset, fit.split, fit.layout)
        write_fold(file, fold)
        return file

    def _give_up(self, file: Path) -> None:
        """Keep a file that no running fit reads, as far as there is room."""
        self._unused[file] = file.stat().st_size
        self._unused_bytes += self._unused[file]
        while self._unused_bytes > self.most_bytes:
            oldest = next(iter(self._unused))
            self._unused_bytes -= self._unused.pop(oldest)
            oldest.unlink()
