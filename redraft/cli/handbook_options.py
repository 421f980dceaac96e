"""The actions of `redraft handbook`: their help pages and their options."""

import argparse
from collections.abc import Callable, Sequence

from redraft.cli import options, values
from redraft.cli.wording import Example, Page

_TAUGHT = ("behaviors", "experience", "mistakes", "explanations", "skills")
_STATUSES = ("candidate", "active", "quarantined", "retired")


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--handbook",
        required=True,
        dest="book",
        metavar="PATH",
        help="the handbook's file, or the URL of a Postgres database (postgresql://...)",
    )


def _embedder(parser: argparse.ArgumentParser) -> None:
    options.add_config(parser.add_argument)
    options.add_embedder(parser)


def _build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run",
        metavar="RUN",
        help="the folder of a run, or a problem file with a solution in the field 'trace'",
    )
    _where(parser)
    parser.add_argument(
        "--what",
        type=values.some_of(*_TAUGHT, alone="behaviors"),
        default={"behaviors"},
        metavar="WHAT,...",
        help="what is learnt: behaviors (the default, alone); or experience (solved problems), "
        "mistakes (wrong attempts beside a right one), explanations (mistakes that a model "
        "explains), skills (what a model labels with skills)",
    )
    parser.add_argument(
        "--gate",
        type=values.one_of("all", "critic", "verifier", "oracle"),
        default="oracle",
        metavar="GATE",
        help="which solutions are learnt from: all, or those that the critic, the verifier or the "
        "gold answer (oracle) calls right (default: oracle)",
    )
    _merge_by(parser)
    options.add_run(parser)
    parser.set_defaults(
        recipe="learn",
        settings=[],
        handbook=None,
        learn=None,
        wave=None,
        job=None,
        fields=None,
        kind=None,
        limit=None,
        on_error=None,
        prompts=None,
        seed=None,
    )


def _merge_by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--merge-by",
        type=values.one_of("rule", "agent"),
        default="rule",
        metavar="rule|agent",
        help="who decides which behaviors say the same: a rule, by words and names, or a model, "
        "the strategist, about those near by embedding or name (default: rule)",
    )


def _dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def _merge(parser: argparse.ArgumentParser) -> None:
    _where(parser)
    _merge_by(parser)
    _dry_run(parser)
    parser.add_argument(
        "--json", action="store_true", help="print what was done as JSON on standard output"
    )
    agent = parser.add_argument_group("with --merge-by agent")
    agent.add_argument(
        "--out",
        metavar="FOLDER",
        help="where the replies are kept, so that none is asked for twice "
        "(default: runs/merge-HANDBOOK)",
    )
    agent.add_argument(
        "--prompts",
        metavar="FOLDER",
        help="your Markdown prompts; one with the name of ours takes its place",
    )
    agent.add_argument("--seed", type=values.count, metavar="N", help="seed (default: 0)")
    agent.add_argument("--quiet", action="store_true", help="say only what was done")
    options.add_calls(parser)
    parser.set_defaults(handbook=None, learn=None, wave=None)


def _prune(parser: argparse.ArgumentParser) -> None:
    _where(parser)
    _dry_run(parser)


def _list(parser: argparse.ArgumentParser) -> None:
    _where(parser)
    parser.add_argument(
        "--status", type=values.one_of(*_STATUSES), metavar="STATUS", help="only those"
    )


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a behavior's name, or an example's id")
    _where(parser)


def _search(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="a problem, or words of one")
    _where(parser)
    parser.add_argument(
        "--by",
        type=values.one_of("topic", "lexical", "embedding", "hybrid", "worth"),
        default="hybrid",
        metavar="WAY",
        help="topic, lexical, embedding, hybrid or worth (default: hybrid)",
    )
    parser.add_argument("--most", type=values.whole, default=5, metavar="N", help="default: 5")
    _embedder(parser)


def _diff(parser: argparse.ArgumentParser) -> None:
    _where(parser)
    parser.add_argument("since", type=values.count, metavar="VERSION", help="an older version")
    parser.add_argument(
        "until",
        nargs="?",
        type=values.count,
        metavar="VERSION",
        help="a newer version (default: the newest)",
    )


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a behavior's name, or an example's id")
    parser.add_argument(
        "status",
        type=values.one_of(*_STATUSES),
        metavar="STATUS",
        help="candidate, active, quarantined or retired; of an example active or retired",
    )
    _where(parser)
    parser.add_argument("--reason", default="by hand", metavar="TEXT", help="default: by hand")


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a file that ends in .md or .jsonl")
    _where(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    _file(parser)
    parser.add_argument(
        "--what",
        type=values.one_of("behaviors", "examples"),
        default="behaviors",
        metavar="WHAT",
        help="behaviors, or examples: solved problems and mistakes, as JSONL (default: behaviors)",
    )


def _examples(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="?", metavar="TEXT", help="a problem, or words of one")
    _where(parser)
    parser.add_argument(
        "--mistakes", action="store_true", help="mistakes, not solved problems without one"
    )
    parser.add_argument(
        "--retired", action="store_true", help="those that are shown no more, and why"
    )
    parser.add_argument(
        "--skill",
        action="append",
        default=[],
        metavar="NAME",
        help="only those with this skill; may be given several times",
    )
    parser.add_argument(
        "--by",
        type=values.one_of("lexical", "embedding", "hybrid"),
        default="hybrid",
        metavar="WAY",
        help="lexical, embedding or hybrid (default: hybrid)",
    )
    parser.add_argument(
        "--most", type=values.whole, default=5, metavar="N", help="with TEXT; default: 5"
    )
    _embedder(parser)


def _page(action: str, summary: str, about: str, *examples: str, rest: str = "") -> Page:
    return Page(
        command=f"handbook {action}",
        summary=summary,
        usage=(f"redraft handbook {action} {rest}--handbook PATH",),
        about=about,
        examples=tuple(Example("", (line,)) for line in examples),
    )


ACTIONS: Sequence[tuple[Page, Callable[[argparse.ArgumentParser], None]]] = (
    (
        _page(
            "build",
            "learn from the solutions of a run",
            "Reflect on each solution that the gate lets through and name its behaviors. Those\n"
            "that pass the handbook's own checks enter as candidates, near duplicates are merged.\n"
            "What became of behaviors that the run had recalled is counted, and statuses follow.",
            "redraft handbook build runs/first --handbook book.db --vllm abacus",
            rest="RUN ... ",
        ),
        _build,
    ),
    (_page("list", "list the behaviors", "List the behaviors and what they are."), _list),
    (
        _page(
            "show",
            "show a behavior with its history",
            "Show all revisions of a behavior, where it was learnt and what it was worth; or all\n"
            "revisions of an example.",
            rest="NAME ",
        ),
        _show,
    ),
    (
        _page(
            "search",
            "find the behaviors for a problem",
            "Find the behaviors that an actor would be shown for a problem.",
            "redraft handbook search 'Tom has 3 bags of 12 pens.' --handbook book.db",
            rest="TEXT ",
        ),
        _search,
    ),
    (
        _page(
            "examples",
            "list solved problems and mistakes, or find those like a problem",
            "List what was solved or went wrong, or find what a recipe would show for a problem:\n"
            "never the problem itself.",
            "redraft handbook examples 'Tom has 3 bags of 12 pens.' --handbook book.db",
            rest="[TEXT] ",
        ),
        _examples,
    ),
    (
        _page(
            "diff",
            "say what has changed from one version to another",
            "List the behaviors that are new or other than they were at a version: as they are,\n"
            "or as they were at a later one.",
            rest="VERSION [VERSION] ",
        ),
        _diff,
    ),
    (
        _page(
            "audit",
            "look for duplicates, leaks, injections and dead weight",
            "Look at every behavior in use, for contradictions between two of them as well.\n"
            "Nothing changes; exit status 1 if there are findings.",
        ),
        _where,
    ),
    (
        _page(
            "merge",
            "fold near duplicates into one behavior each",
            "Fold candidates and active behaviors that say the same into the better one: active,\n"
            "cited by more right solutions, older. It takes over their sources; the others are\n"
            "retired, and nothing is deleted. A second call changes nothing.",
            "redraft handbook merge --handbook book.db --dry-run",
            "redraft handbook merge --handbook book.db --merge-by agent --vllm abacus",
        ),
        _merge,
    ),
    (
        _page(
            "prune",
            "put away what does harm or is of no use",
            "Quarantine behaviors that do harm by evidence, and injections and leaks that the\n"
            "audit finds; retire dead weight and malformed ones. Nothing is deleted, and what\n"
            "you put back is not put away again. What is left to you is listed.",
            "redraft handbook prune --handbook book.db --dry-run",
        ),
        _prune,
    ),
    (
        _page(
            "status",
            "set a behavior's or an example's status by hand",
            "Set a status. All revisions stay, and so does the reason. An example that is retired\n"
            "is shown no more, and no later run brings it back.",
            "redraft handbook status behavior_join retired --handbook book.db --reason 'too vague'",
            rest="NAME STATUS ",
        ),
        _status,
    ),
    (
        _page(
            "export",
            "write the behaviors to a file that can be edited",
            "Write all behaviors as Markdown or JSONL, or all examples as JSONL.",
            "redraft handbook export book.md --handbook book.db",
            "redraft handbook export solved.jsonl --what examples --handbook book.db",
            rest="FILE ",
        ),
        _export,
    ),
    (
        _page(
            "import",
            "read behaviors, or solved problems, from a file",
            "Take over what a file says of each behavior in it. Those that the handbook's checks\n"
            "refuse, and those that say the same as another, are named and left out; behaviors\n"
            "that the file lacks stay as they are. A JSONL file whose lines hold a problem and\n"
            "its solution is a corpus: what is not there yet is added, through checks of its own,\n"
            "and what a line states of an example that is there becomes its next revision.",
            "redraft handbook import book.md --handbook book.db",
            rest="FILE ",
        ),
        _file,
    ),
    (
        _page(
            "report",
            "say what the behaviors were worth",
            "Compare problems on which behaviors were shown with those on which they were held\n"
            "back.",
        ),
        _where,
    ),
)
