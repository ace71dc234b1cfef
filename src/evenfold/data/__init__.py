"""Rows, splits and folds, without frameworks, models or results."""
