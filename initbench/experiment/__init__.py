"""From an `Experiment` to raw runs on disk: plan, cut into units, execute, resume, estimate."""
