"""``python -m initbench`` is the command ``initbench``."""

from initbench.cli import main

main()
