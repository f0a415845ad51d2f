"""The config: what a YAML file may say, and reading it."""
