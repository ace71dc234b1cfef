"""The name of the study of the same rows without their groups."""

# The end of a dataset's name in the study whose folds split groups.
GROUPS_IGNORED_NAME = "-groups-ignored"
