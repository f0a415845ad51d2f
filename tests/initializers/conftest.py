"""What is not collected: scripts that need the frameworks."""

collect_ignore = ["fixtures"]
