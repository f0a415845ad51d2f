"""Execution: what is missing, what it takes, who trains it, and where it is stored."""
