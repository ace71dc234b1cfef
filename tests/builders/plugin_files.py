"""Plug-ins of several files, written for a test, read and loaded."""

from __future__ import annotations

import os
import textwrap

from evenfold.plugins.models import load_model

# The value of a model's helpers, as its number of epochs: no fit is needed to see it.
TAIL = "\nfrom evenfold import Model\n\nMODEL = Model(len, epochs=VALUE)\n"
STAMP = 1_700_000_000


def write_files(folder, files):
    """Write texts or bytes by relative path, all with one time, and return the folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        file.write_bytes(content)
        os.utime(file, (STAMP, STAMP))
    return folder


def value(file):
    """The value that a model's helpers give it when it is read and loaded now."""
    return load_model("net", file).model.epochs
