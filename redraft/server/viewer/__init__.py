"""Pages that show runs: their problems, what agents made of each, and what that cost."""

from redraft.server.viewer.app import add_viewer, make_viewer
from redraft.server.viewer.run import Run, RunState, Shelf

__all__ = ["Run", "RunState", "Shelf", "add_viewer", "make_viewer"]
