"""Planning: from an experiment to the units that are trained."""
