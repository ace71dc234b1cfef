"""Options, fixtures and the end of a run: evenfold's own."""

from evenfold.suites.hooks import *  # noqa: F403
