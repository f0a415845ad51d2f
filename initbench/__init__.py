"""initbench: which weight initialization should this network start from, and why."""
