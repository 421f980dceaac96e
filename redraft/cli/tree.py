"""The argument tree: the parser of every command.

Nothing here imports more than argparse, so that `redraft --help` answers at once.
"""

import argparse
import difflib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from redraft.cli import options, values
from redraft.cli.handbook_options import ACTIONS
from redraft.cli.wording import DOCTOR, HANDBOOK, RECIPES, SERVE, SHOW, SOLVE, TOP, VIEW, Page

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
    _check_words(parsers, arguments)
    found, rest = top.parse_known_args(arguments)
    if rest:
        parsers[found.command or ""].unknown(rest)
    return found


def _check_words(parsers: Mapping[str, Parser], arguments: Sequence[str]) -> None:
    """Leave where a word stands for a command, or for an action of one, that does not exist."""
    command = ""
    for word in arguments:
        known = {
            name.rpartition(" ")[2]: name
            for name in parsers
            if name and name.rpartition(" ")[0] == command
        }
        if word.startswith("-") or not known:
            return
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            kind = f"action of {command!r}" if command else "command"
            parsers[command].error(f"unknown {kind} {word!r}; {hint}")
        command = known[word]


def build() -> dict[str, Parser]:
    """The parsers by command; the one under `""` is `redraft` itself and holds the others."""
    top = Parser(**_texts(TOP))
    top.add_argument("--version", action="store_true", help="print the version and exit")
    top.set_defaults(command=None)
    parsers = {"": top}
    groups = {"": top.add_subparsers(title="commands", metavar="COMMAND")}
    for page, add in (
        (SOLVE, options.add_solve),
        (SERVE, options.add_serve),
        (VIEW, options.add_view),
        (SHOW, _add_show),
        (RECIPES, _add_nothing),
        (DOCTOR, options.add_model),
        (HANDBOOK, _add_nothing),
        *ACTIONS,
    ):
        group, _, word = page.command.rpartition(" ")
        if group not in groups:
            groups[group] = parsers[group].add_subparsers(title="actions", metavar="ACTION")
        parser = groups[group].add_parser(word, help=page.summary, **_texts(page))
        parser.set_defaults(command=page.command)
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
