"""The contract suite, and checks of score studies."""
