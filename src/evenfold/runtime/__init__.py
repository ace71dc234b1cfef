"""Environments, worker processes, clusters, locks, files and cleanup."""
