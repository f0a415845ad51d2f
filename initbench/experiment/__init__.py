"""Experiments: from what a YAML file says to raw results on disk."""
