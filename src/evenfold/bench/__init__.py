"""The pytest plug-in that suites in ``bench/`` use: options, fixtures, and what a run leaves.

A suite's ``conftest.py`` has ``from evenfold.bench.hooks import *``.
"""
