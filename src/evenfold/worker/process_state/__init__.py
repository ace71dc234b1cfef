"""The state of a process that fits share: it is recorded, and set again for each fit."""
