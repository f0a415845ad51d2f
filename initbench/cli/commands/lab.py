"""``initbench lab``: write the page on which networks train live."""

from pathlib import Path

import click


@click.command("lab")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("lab.html"),
    show_default=True,
    help="File to write; an existing one is overwritten if it is a lab page.",
)
def command(output: Path) -> None:
    """Write a page on which small networks train live in the browser.

    The page is one file that needs no network and no installation: open it in a browser, mail it,
    or put it on a web server.
    """
    from initbench.lab.page import write_lab

    click.echo(f"{write_lab(output)}")
