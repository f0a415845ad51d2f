"""Training: a stack of runs, from its initial weights to its recorded arrays.

This package does not know config files or results folders.
"""
