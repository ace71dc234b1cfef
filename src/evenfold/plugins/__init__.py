"""Models, datasets and metrics that users bring as files."""
