"""The command line of Redraft: the argument tree, the display, and nothing that solves."""

from redraft.cli.main import main

__all__ = ["main"]
