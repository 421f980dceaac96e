"""`redraft show`: a recipe or a user's own graph as a drawing."""

from argparse import Namespace
from pathlib import Path

from redraft.cli.lookup import find_recipe
from redraft.core import InputError
from redraft.graphs import draw


def show(options: Namespace) -> int:
    """Draw to standard output or to a file."""
    recipe = find_recipe(options.recipe)
    graph = recipe.graph(recipe.parse(dict(options.settings)))
    drawing = draw(graph, options.format, recipe.name)
    if options.output is None:
        print(drawing)
        return 0
    try:
        Path(options.output).write_text(drawing + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {options.output}: {error.strerror}") from error
    return 0
