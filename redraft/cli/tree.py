"""The argument tree: the parser of every command.

Nothing here imports more than argparse, so that `redraft --help` answers at once.
"""

import argparse
import difflib
from collections.abc import Sequence
from typing import Any, NoReturn

from redraft.cli import options, values
from redraft.cli.wording import DOCTOR, RECIPES, SHOW, SOLVE, TOP, Page

WIDTH = 96


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes take one line, with the nearest right word where there is one."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2 and one line that says where the help is."""
        message = message.removeprefix("argument ")
        self.exit(2, f"redraft: error: {message} (see '{self.prog} --help')\n")

    def unknown(self, rest: Sequence[str]) -> NoReturn:
        """Leave because of the words `rest`, which no option took."""
        option = next((word.partition("=")[0] for word in rest if word.startswith("-")), None)
        if option is None:
            self.error(f"one argument too many: {rest[0]!r}")
        names = [name for action in self._actions for name in action.option_strings]
        near = difflib.get_close_matches(option, names, n=1)
        self.error(f"unknown option {option}" + (f"; did you mean {near[0]}?" if near else ""))


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=WIDTH)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line; leaves with status 2 and one line if it cannot be read."""
    parsers = build()
    top = parsers[""]
    if arguments and not arguments[0].startswith("-") and arguments[0] not in parsers:
        near = difflib.get_close_matches(arguments[0], parsers, n=1)
        hint = (
            f"did you mean {near[0]!r}?" if near else f"known: {', '.join(filter(None, parsers))}"
        )
        top.error(f"unknown command {arguments[0]!r}; {hint}")
    found, rest = top.parse_known_args(arguments)
    if rest:
        parsers[found.command or ""].unknown(rest)
    return found


def build() -> dict[str, Parser]:
    """The parsers by command; the one under `""` is `redraft` itself and holds the others."""
    top = Parser(**_texts(TOP))
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    parsers = {"": top}
    for page, add in (
        (SOLVE, options.add_solve),
        (SHOW, _add_show),
        (RECIPES, _add_nothing),
        (DOCTOR, options.add_model),
    ):
        parser = commands.add_parser(page.command, help=page.summary, **_texts(page))
        add(parser)
        parsers[page.command] = parser
    return parsers


def _texts(page: Page) -> dict[str, Any]:
    return {
        "prog": f"redraft {page.command}".strip(),
        "usage": "\n       ".join(page.usage),
        "description": page.about,
        "epilog": page.epilog,
        "formatter_class": _Formatter,
        "allow_abbrev": False,
    }


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recipe",
        metavar="RECIPE",
        help="a name from 'redraft recipes', or a recipe or graph of your own: "
        "module:attribute or file.py:attribute",
    )
    options.add_knobs(parser.add_argument)
    parser.add_argument(
        "--format",
        type=values.one_of("text", "mermaid", "svg"),
        default="text",
        metavar="FORMAT",
        help="text, mermaid or svg (default: text)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write to a file instead of standard output"
    )


def _add_nothing(parser: argparse.ArgumentParser) -> None:
    """A command without options of its own."""
