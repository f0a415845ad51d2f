"""Intervals, paired tests, corrections, survival, ranks and power: numbers in, numbers out."""
