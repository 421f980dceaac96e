"""Writes `docs/cli.md` from the help pages: `python -m redraft.cli.reference > docs/cli.md`."""

import sys

from redraft.cli.tree import build

_OPENING = """\
# The command line

Every page below is what `redraft COMMAND --help` prints. This file is made by
`python -m redraft.cli.reference > docs/cli.md`, and a test compares the two.
"""


def reference() -> str:
    """All help pages as one Markdown document."""
    pages = (
        f"## {parser.prog}\n\n```text\n{parser.format_help().strip()}\n```\n"
        for parser in build().values()
    )
    return "\n".join((_OPENING, *pages))


if __name__ == "__main__":
    sys.stdout.write(reference())
