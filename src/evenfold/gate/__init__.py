"""A gate for pull requests: a model against that of the base, in score and in speed."""
