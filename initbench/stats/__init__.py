"""Statistics: numbers in, numbers out. Intervals, paired tests, corrections, survival, ranks, power."""
