"""What the parser of Python raises where a source has faults, or is nested too deeply for it."""

PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)
