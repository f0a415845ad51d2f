"""From YAML text to a validated, immutable `Experiment`."""
