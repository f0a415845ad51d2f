"""Training: a stack of runs, from its start to what is recorded of it."""
