"""What was found: metrics, the environment it was found in, and how both are kept on disk."""
