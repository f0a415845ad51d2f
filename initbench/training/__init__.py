"""Training: a stack of runs, from its initial weights to its recorded arrays.

This package knows neither config files nor results folders.
"""
