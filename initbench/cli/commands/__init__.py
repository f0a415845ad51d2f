"""The commands, a module each, in which `command` is the Click command."""
