"""Options and fixtures of evenfold's suites, for the experiments that pytest runs.

``pytest experiments/ --benchmark-only`` measures evenfold itself. Its results go to
``.evenfold/experiments`` unless --results is given: they are no results of models.
"""

import pytest

from evenfold.bench.hooks import *  # noqa: F403


@pytest.hookimpl(specname="pytest_configure")
def pytest_configure_results_folder(config: pytest.Config) -> None:
    """Set the default of --results."""
    if config.option.results is None:
        config.option.results = config.rootpath / ".evenfold" / "experiments"
