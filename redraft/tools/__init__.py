"""Answer extraction and checkers."""

from redraft.tools.answers import extract_answer
from redraft.tools.checkers import Checkers, ChoiceChecker, TextChecker
from redraft.tools.math_check import MathChecker
from redraft.tools.pool import WorkerPool

__all__ = [
    "Checkers",
    "ChoiceChecker",
    "MathChecker",
    "TextChecker",
    "WorkerPool",
    "extract_answer",
]
