"""Races of a suite of pytest benchmarks: any project, benchmark by benchmark."""
