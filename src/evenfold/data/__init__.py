"""Rows, splits and folds: framework-free, and ignorant of models and results."""
