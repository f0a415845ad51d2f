"""``initbench atlas``: what was measured once for everybody, and what follows from it."""

from collections.abc import Sequence
from pathlib import Path

import click

from initbench.cli.options import JSON, PLUGINS
from initbench.cli.output import json_text, say


@click.command("atlas")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option(
    "--table",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of atlas.csv, to which RESULTS are added.  [default: the package's, read only]",
)
@click.option("--cell", metavar="TEXT", help="Show the cells whose name has this text.")
@click.option(
    "--page",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page on which cells are chosen.",
)
@PLUGINS
@JSON
def command(
    *,
    results: Sequence[Path],
    table: Path | None,
    cell: str | None,
    page: Path | None,
    plugins: Sequence[str],
    as_json: bool,
) -> None:
    """Show which initialization wins where.

    The atlas comes with the package; docs/atlas.md has its design. RESULTS are folders of configs
    in configs/atlas that were run; their rows are added to the table in --table.
    """
    from initbench.atlas.adding import add_results
    from initbench.atlas.report import atlas_document, atlas_text, cell_text
    from initbench.atlas.table import read_atlas, read_table
    from initbench.initializers import INITIALIZERS

    if results:
        if table is None:
            raise click.UsageError("RESULTS are added to a table: name its folder with --table")
        with INITIALIZERS.including(plugins):
            count, rows = add_results(results, table)
        say(f"{table}: {count} cells, {rows} rows")
    cells = read_atlas() if table is None else read_table(table)
    if page is not None:
        from initbench.atlas.page import write_page

        say(str(write_page(page, cells)))
        return
    document = atlas_document(cells)
    if cell is not None:
        document["by_cell"] = [each for each in document["by_cell"] if cell in each["cell"]]
        if not document["by_cell"]:
            raise click.BadParameter(
                f"no measured cell has {cell!r} in its name", param_hint="--cell"
            )
    if as_json:
        click.echo(json_text(document))
    elif cell is not None:
        click.echo("\n\n".join(map(cell_text, document["by_cell"])))
    else:
        click.echo(atlas_text(document))
