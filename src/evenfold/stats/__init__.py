"""Intervals, verdicts, race ratios and power laws: pure functions."""
