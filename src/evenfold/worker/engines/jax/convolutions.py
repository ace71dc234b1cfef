"""Convolutions over one dimension as sums of products of shifted slices.

XLA's own convolution on a CPU takes about ten times as long where kernels are narrow. Under
``vmap`` with a kernel for each fit it becomes a grouped convolution, and a product of slices a
batched one, which is faster on every device. The sums are in another order, which rounds otherwise.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Mapping

# Of more products than this, XLA's convolution may be the faster one.
WIDEST = 8
# As Keras gives them to XLA: where rows, channels and steps are, and the kernel's filters, channels
# and width.
ROWS_STEPS_CHANNELS = ((0, 2, 1), (2, 1, 0), (0, 2, 1))


@contextmanager
def as_products() -> Iterator[None]:
    """Trace narrow convolutions inside as products; all others stay as they are."""
    import jax

    original = jax.lax.conv_general_dilated

    def convolve(lhs: Any, rhs: Any, window_strides: Any, padding: Any, **options: Any) -> Any:
        if _is_narrow(lhs, rhs, padding, options):
            dilation = (options.get("rhs_dilation") or (1,))[0]
            return product(lhs, rhs, window_strides[0], padding, dilation)
        return original(lhs, rhs, window_strides, padding, **options)

    jax.lax.conv_general_dilated = convolve
    try:
        yield
    finally:
        jax.lax.conv_general_dilated = original


def product(rows: Any, kernel: Any, stride: int, padding: str, dilation: int) -> Any:
    """Convolve rows with a kernel.

    Parameters
    ----------
    rows, kernel
        Of shapes ``(rows, steps, channels)`` and ``(width, channels, filters)``.
    stride, dilation
        Steps between outputs, and between the steps that one output sums.
    padding
        ``valid``, or ``same``: zeros on both sides, as TensorFlow and XLA place them.

    Returns
    -------
    jax.Array
        Of shape ``(rows, outputs, filters)``.
    """
    from jax import numpy as jnp

    width, channels, filters = kernel.shape
    reach = (width - 1) * dilation + 1
    if padding.lower() == "same":
        outputs = -(-rows.shape[1] // stride)
        missing = max((outputs - 1) * stride + reach - rows.shape[1], 0)
        rows = jnp.pad(rows, ((0, 0), (missing // 2, missing - missing // 2), (0, 0)))
    else:
        outputs = (rows.shape[1] - reach) // stride + 1
    last = (outputs - 1) * stride + 1
    slices = [rows[:, i * dilation : i * dilation + last : stride] for i in range(width)]
    return jnp.concatenate(slices, axis=2) @ kernel.reshape(width * channels, filters)


def _is_narrow(lhs: Any, rhs: Any, padding: Any, options: Mapping[str, Any]) -> bool:
    """Return whether ``product`` computes a convolution, and is the faster way."""
    if not isinstance(padding, str) or padding.lower() not in ("same", "valid"):
        return False
    plain = {name for name, value in options.items() if value not in (None, 1)}
    if not plain <= {"rhs_dilation", "dimension_numbers"} or lhs.dtype != rhs.dtype:
        return False
    if tuple(options.get("dimension_numbers") or ()) != ROWS_STEPS_CHANNELS:
        return False
    reach = (rhs.shape[0] - 1) * (options.get("rhs_dilation") or (1,))[0] + 1
    has_outputs = padding.lower() == "same" or lhs.shape[1] >= reach
    return bool(rhs.shape[0] <= WIDEST and has_outputs)
