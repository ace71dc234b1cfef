"""What several test files build: models, processes, races, studies and figures."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
