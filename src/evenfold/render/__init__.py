"""Rendering of results: tables, terminals and charts."""
