"""What benchmark suites are made of: options, fixtures, and a run that ends in one table.

A suite's ``conftest.py`` has ``from evenfold.suites.hooks import *``.
"""
