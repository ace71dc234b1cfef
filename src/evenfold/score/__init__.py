"""Score studies: many fits on the same splits, saved, compared and drawn."""
