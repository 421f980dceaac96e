"""A prompt: a template of chat messages with named holes, and the hash that names its wording."""

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property

from redraft.core.errors import InputError
from redraft.core.messages import Message, Role
from redraft.core.values import Value

_HOLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Turn(Value):
    """One message of a template, with `{{name}}` where a value goes."""

    role: Role
    template: str


class Prompt(Value):
    """A named template. Values are inserted once and never read as template text.

    `lines` says that the reply is to be lines of text where the agent would have it as JSON.
    """

    name: str
    turns: tuple[Turn, ...]
    lines: bool = False

    @cached_property
    def hash(self) -> str:
        """Short hash of the wording, kept in every record."""
        wording = self.model_dump_json(exclude_defaults=True)
        return hashlib.blake2b(wording.encode(), digest_size=6).hexdigest()

    @cached_property
    def holes(self) -> frozenset[str]:
        """The names that `fill` must be given."""
        return frozenset(name for turn in self.turns for name in _HOLE.findall(turn.template))

    def fill(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages with every hole filled; raises `InputError` for a hole without value."""
        missing = sorted(self.holes - values.keys())
        if missing:
            raise InputError(f"prompt {self.name!r}: no value for {', '.join(missing)}")
        return tuple(
            Message(role=turn.role, content=_HOLE.sub(lambda m: values[m[1]], turn.template))
            for turn in self.turns
        )
