"""Score studies: many fits on the same splits, kept, compared and drawn."""
