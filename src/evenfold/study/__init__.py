"""Studies: many fits, planned, run in worker processes, kept."""
