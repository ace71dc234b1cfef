"""Histories: saved races, studies and results of other tools as series, with their changes."""
