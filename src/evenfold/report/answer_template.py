"""The language of a template of answers: text, names of texts, and lookups; nothing else runs.

A template belongs to the results, which may come from anyone. It is parsed by Jinja, and is refused
unless it has only what is listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from jinja2 import Environment, nodes

from evenfold.runtime.record_checks import is_number

Lookups: TypeAlias = Mapping[str, Callable[..., str]]
Names: TypeAlias = dict[str, object]
LONGEST = 10_000_000  # characters of a template
LARGEST = 1000.0  # of the numbers that a lookup takes: digits, and values of metrics


def filled_template(text: str, lookups: Lookups) -> str:
    """Return a template with the result of every lookup in its place.

    ``{% set name = "text" %}`` names a text, also several with commas;
    ``{{ lookup(name, "text") }}`` looks a result up. Blanks are trimmed beside ``-`` as Jinja does.

    Parameters
    ----------
    text
        The template.
    lookups
        The functions that it may call, by name. Their arguments are texts and numbers.

    Raises
    ------
    ValueError
        It has anything else; the message names the line.
    jinja2.TemplateSyntaxError
        It cannot be parsed.
    KeyError
        A lookup finds no result.
    """
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    try:
        tree = Environment(keep_trailing_newline=True).parse(text)
    except RecursionError as error:
        raise ValueError("its expressions are nested too deeply") from error
    names: Names = {}
    return "".join(_text(node, names, lookups) for node in _parts(tree.body))


def _parts(body: list[nodes.Node]) -> Iterator[nodes.Node]:
    for node in body:
        if isinstance(node, nodes.Output):
            yield from node.nodes
        else:
            yield node


def _text(node: nodes.Node, names: Names, lookups: Lookups) -> str:
    if isinstance(node, nodes.TemplateData):
        return str(node.data)
    if isinstance(node, nodes.Assign):
        _assign(node, names)
        return ""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        return _looked_up(node, node.node.name, names, lookups)
    raise _refusal(node, lookups)


def _assign(node: nodes.Assign, names: Names) -> None:
    targets: list[nodes.Node] = [node.target]
    values: list[nodes.Node] = [node.node]
    if isinstance(node.target, nodes.Tuple) and isinstance(node.node, nodes.Tuple):
        targets, values = list(node.target.items), list(node.node.items)
    if len(targets) != len(values):
        raise ValueError(f"line {node.lineno}: {len(targets)} names for {len(values)} texts")
    for target, value in zip(targets, values, strict=True):
        if not isinstance(target, nodes.Name):
            raise ValueError(f"line {node.lineno}: set names alone")
        names[target.name] = _value(value, names)


def _looked_up(node: nodes.Call, name: str, names: Names, lookups: Lookups) -> str:
    if name not in lookups or node.dyn_args is not None or node.dyn_kwargs is not None:
        raise _refusal(node, lookups)
    values = [_value(argument, names) for argument in node.args]
    named = {keyword.key: _value(keyword.value, names) for keyword in node.kwargs}
    try:
        return lookups[name](*values, **named)
    except TypeError as error:
        raise ValueError(f"line {node.lineno}: {name}: other arguments than it has") from error


def _value(node: nodes.Node, names: Names) -> object:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value
    if isinstance(node, nodes.Const) and is_number(node.value, -LARGEST, LARGEST):
        return node.value
    if isinstance(node, nodes.Name) and node.name in names:
        return names[node.name]
    raise ValueError(f"line {node.lineno}: expected a text, a number, or a name that was set")


def _refusal(node: nodes.Node, lookups: Lookups) -> ValueError:
    return ValueError(
        f"line {node.lineno}: only text, set and lookups can stand here, such as "
        f'{{{{ score("study", "model") }}}}; lookups are {", ".join(lookups)}'
    )
