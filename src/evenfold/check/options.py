"""Options of ``evenfold check``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
    """

    models: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    study: bool = False
