"""Reads prompts from Markdown files: a contract between `---` lines, then `# system`, `# user` and
`# assistant` sections. Redraft's own files lie beside this module; a user's folder overrides them
by file name."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import cast

from redraft.core import InputError, Prompt, Role, Turn

_CONTRACT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_HEADING = re.compile(r"^# (system|user|assistant)[ \t]*\n", re.MULTILINE)


def parse_prompt(name: str, text: str, source: str) -> Prompt:
    """The prompt in `text`; raises `InputError` naming `source` when it has no sections."""
    _, *parts = _HEADING.split(_CONTRACT.sub("", text.replace("\r\n", "\n")))
    if not parts:
        raise InputError(f"{source}: a prompt needs sections headed '# system' or '# user'")
    turns = zip(parts[::2], parts[1::2], strict=True)
    return Prompt(
        name=name,
        turns=tuple(Turn(role=cast(Role, role), template=body.strip()) for role, body in turns),
    )


@cache
def own_prompts() -> Mapping[str, Prompt]:
    """The prompts that ship with Redraft."""
    folder = files("redraft.agents") / "prompts"
    return {
        (name := entry.name.removesuffix(".md")): parse_prompt(
            name, entry.read_text(encoding="utf-8"), entry.name
        )
        for entry in folder.iterdir()
        if entry.name.endswith(".md")
    }


def load_prompts(folder: Path | None = None) -> Mapping[str, Prompt]:
    """Redraft's prompts with those of `folder` laid over them.

    A file of `folder` may bring a new prompt. One that overrides ours must not ask for holes that
    the agent does not fill. Raises `InputError` naming the file.
    """
    own = own_prompts()
    if folder is None:
        return own
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of prompts")
    return dict(own) | {path.stem: _override(path, own) for path in sorted(folder.glob("*.md"))}


def _override(path: Path, own: Mapping[str, Prompt]) -> Prompt:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    prompt = parse_prompt(path.stem, text, str(path))
    ours = own.get(path.stem)
    unknown = sorted(prompt.holes - ours.holes) if ours else []
    if ours and unknown:
        known = ", ".join(sorted(ours.holes)) or "none"
        raise InputError(f"{path}: unknown hole {{{{{unknown[0]}}}}} (this prompt has: {known})")
    return prompt
