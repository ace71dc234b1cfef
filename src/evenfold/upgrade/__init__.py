"""Upgrades: score studies and races of models in two environments, in one table."""
