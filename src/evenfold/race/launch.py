"""One launch of a race: a fresh process for each contender, with its model prepared."""

from __future__ import annotations

from evenfold.errors import WorkerError
from evenfold.race.contenders import Contender
from evenfold.race.launch_config import LaunchConfig
from evenfold.race.processes import ContenderProcesses
from evenfold.race.record import LaunchRecord
from evenfold.worker.inference import REFERENCE
from evenfold.worker.protocol import PrepareResult


class Launch(ContenderProcesses[LaunchConfig, Contender]):
    """The processes of one launch of models."""

    def prepare(self, scored: bool) -> list[PrepareResult]:
        """Prepare all contenders at the same time, with fits of full length if ``scored``.

        Returns
        -------
        list
            The answer of each worker.

        Raises
        ------
        WorkerError
            A worker fails; the message names its contender.
        UsageError
            No worker could do it; the message names the contender.
        """
        numbers = range(len(self.contenders))
        answers = self.at_once(lambda number: self._prepare(number, scored), numbers)
        self.ready_seconds = self.elapsed
        return answers

    def record(self) -> LaunchRecord:
        """Return what was measured, in whole blocks."""
        return LaunchRecord(
            began=self.began.isoformat(timespec="milliseconds"),
            cores=tuple(self.cores),
            started=tuple(self.started),
            hash_seeds=tuple(self.hash_seeds),
            paddings=tuple(self.paddings),
            ready_seconds=round(self.ready_seconds, 3),
            order=tuple(self.order),
            at=tuple(self.at),
            seconds=tuple(self.seconds),
        )

    def _prepare(self, number: int, scored: bool) -> PrepareResult:
        contender, config = self.contenders[number], self.config
        self.greet(number)
        sources = contender.sources.save(config.folder / f"sources-{number}.json")
        answer = self.ask(
            number,
            {
                "do": "prepare",
                "model": contender.spec.model,
                "sources": str(sources),
                "folds": {layout: str(file) for layout, file in config.folds.items()},
                "n_classes": config.n_classes,
                "seed": config.seeds[contender.spec.model],
                "measure": config.settings.measure,
                "clock": config.settings.clock,
                "inference": contender.spec.path or REFERENCE,
                "rows": config.settings.rows or 1,
                "delay": contender.delay,
                "weights": str(config.folder / f"{number}.npz"),
                "scored": scored,
            },
        )
        if scored and "probabilities" not in answer:
            raise WorkerError(f"{contender.name}: unexpected answer {answer}")
        return answer
