"""Options of ``evenfold check``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from evenfold.diagnostics.finding import require_codes
from evenfold.errors import UsageError
from evenfold.plugins.dataset_options import DatasetOptions


@dataclass(frozen=True)
class CheckOptions:
    """Options of ``evenfold check``.

    Parameters
    ----------
    models
        The models to check; without any, every model.
    folders
        Folders of models beside the built-in ones and those of the project.
    study
        Whether to check score studies with these models, instead of the models.
    data
        The dataset of the studies.
    silence
        Codes of diagnostics of a study that are not shown, besides those of the project's settings.

    Raises
    ------
    UsageError
        A dataset is given without studies.
    """

    models: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    study: bool = False
    data: DatasetOptions = field(default_factory=DatasetOptions)
    silence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_codes(self.silence, "--silence")
        if self.silence and not self.study:
            raise UsageError(
                "--silence cannot apply: diagnostics are about a study; add --study, or leave it "
                "out"
            )
        if not self.study and self.data != DatasetOptions():
            raise UsageError(
                "options of a dataset cannot apply: the contract is checked on small generated "
                "data; leave them out, or add --study to check a score study of your data"
            )
