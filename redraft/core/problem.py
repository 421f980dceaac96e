"""A problem as the user stated it, and a hash of its content that names it everywhere."""

import hashlib
from functools import cached_property
from typing import Literal

from redraft.core.messages import Message
from redraft.core.values import Value

Kind = Literal["math", "choice", "code", "text"]


class Problem(Value):
    """One task. `answer` is the gold answer where there is one; agents never see it.

    `options` belong to `kind="choice"`, in order and without their letters; `answer` is then a
    letter. `history` are the turns of a conversation before `prompt`, its system messages included;
    agents read them first. `meta` keeps the fields of the source line that Redraft has no use for.
    """

    id: str
    prompt: str
    answer: str | None = None
    kind: Kind = "math"
    options: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    history: tuple[Message, ...] = ()
    meta: dict[str, object] = {}

    @property
    def text(self) -> str:
        """The prompt as a model reads it: with lettered options under it."""
        if not self.options:
            return self.prompt
        lines = (f"({chr(65 + i)}) {option}" for i, option in enumerate(self.options))
        return "\n".join((self.prompt, *lines))

    @cached_property
    def key(self) -> str:
        """Hash of what the solvers see and of the gold answer; two equal lines share it."""
        turns = (turn.model_dump_json(exclude_defaults=True) for turn in self.history)
        text = "\x1f".join((self.kind, self.text, self.answer or "", *self.tests, *turns))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
