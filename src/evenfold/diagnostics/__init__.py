"""What may be wrong with a study: findings with codes, each a pure function of plain data."""
