"""Whether a model's file states a network or an estimator; the file is not run."""

from __future__ import annotations

import ast
from pathlib import Path

from evenfold.plugins.syntax_errors import PARSE_ERRORS


def states_network(file: Path) -> bool | None:
    """Return whether the calls of ``Model`` in a file have ``epochs``, as those of networks do.

    Returns
    -------
    bool or None
        None where the file cannot be read, or its calls differ or cannot be known.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (*PARSE_ERRORS, OSError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_model(node)]
    if any(keyword.arg is None for call in calls for keyword in call.keywords):
        return None
    kinds = {any(keyword.arg == "epochs" for keyword in call.keywords) for call in calls}
    return kinds.pop() if len(kinds) == 1 else None


def _is_model(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "Model"
