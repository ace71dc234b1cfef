"""Files as bytes, arrays and names: read within bounds, written whole, and never outside."""
