"""Runs plug-ins: loads, builds, trains, predicts, reads the clock. Knows nothing of results.

Keeps to Python 3.8 and numpy 1.18: it also runs beside old frameworks, and imports one only
inside functions.
"""
