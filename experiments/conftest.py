"""Options, fixtures and the end of a run: evenfold's own."""

from evenfold.bench.hooks import *  # noqa: F403
