"""Bisects: between which versions or revisions a change of times or scores came."""
