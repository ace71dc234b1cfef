"""Plug-ins: models, datasets and metrics in files of their own."""
