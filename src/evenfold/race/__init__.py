"""Races: randomised, interleaved timing of contenders."""
