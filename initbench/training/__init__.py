"""A stack of runs, from its initial weights to the arrays that are recorded of it."""
