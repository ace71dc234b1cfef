"""Hooks and fixtures of the benchmarks."""

from evenfold.bench.hooks import *  # noqa: F403
