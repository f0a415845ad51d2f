"""Print the changelog's section of a version: ``python .github/release_notes.py v1.2.3``."""  # noqa: INP001  # a script

import re
import sys
from pathlib import Path
from typing import Final

CHANGELOG: Final = Path(__file__).parents[1] / "CHANGELOG.md"


def main() -> None:
    """Print the section, or exit with a message if there is none, or an empty one."""
    version = sys.argv[1].removeprefix("v")
    notes = section(CHANGELOG.read_text("utf-8"), version)
    if not notes:
        sys.exit(
            f"CHANGELOG.md has no section [{version}], or an empty one: write what has changed"
        )
    sys.stdout.write(notes + "\n")


def section(changelog: str, version: str) -> str:
    """Return the text below the heading of a version, without the heading."""
    heading = rf"^## \[{re.escape(version)}\].*\n"
    found = re.search(heading + r"((?:(?!## ).*\n?)*)", changelog, re.MULTILINE)
    return found[1].strip() if found else ""


if __name__ == "__main__":
    main()
