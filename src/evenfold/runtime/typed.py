"""JSON content as typed values, by msgspec; by its shape alone where msgspec is missing.

A study also runs from a copied source tree, beside the packages of an older environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_origin

if TYPE_CHECKING:
    from msgspec import Meta, ValidationError, convert, to_builtins
else:
    try:
        from msgspec import Meta, ValidationError, convert, to_builtins
    except ImportError:
        from dataclasses import asdict, is_dataclass

        class Meta:
            """Limits of a value, which only msgspec checks."""

            def __init__(self, **limits: float) -> None:
                """Ignore the limits."""

        class ValidationError(ValueError):
            """Content that does not have the shape of a type."""

        def convert(content: Any, kind: type) -> Any:
            """Return content with the shape of a type: its required keys, its fields, a tuple."""
            if is_dataclass(kind):
                try:
                    return kind(**content)
                except TypeError as error:
                    raise ValidationError(str(error)) from error
            required = getattr(kind, "__required_keys__", frozenset())
            if required and (missing := required - set(content or ())):
                raise ValidationError(f"object missing required field `{min(missing)}`")
            return tuple(content) if get_origin(kind) is tuple else content

        def to_builtins(value: Any) -> Any:
            """Return a value as JSON has it."""
            return asdict(value) if is_dataclass(value) else value


__all__ = ["Meta", "ValidationError", "convert", "to_builtins"]
