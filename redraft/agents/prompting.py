"""Reads prompts from Markdown files: a contract between `---` lines, then `# system`, `# user` and
`# assistant` sections. Redraft's own files lie beside this module; a folder among them is a prompt
set that is laid over them by file name, and a user's folder is laid over everything."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

from redraft.core import DEFAULT_ROLE, InputError, Prompt, Role, Turn

_CONTRACT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_REPLY = re.compile(r"^reply:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^# (system|user|assistant)[ \t]*\n", re.MULTILINE)
_OURS = files("redraft.agents") / "prompts"


def parse_prompt(name: str, text: str, source: str) -> Prompt:
    """The prompt in `text`; raises `InputError` naming `source` when it cannot be one."""
    text = text.replace("\r\n", "\n")
    contract = _CONTRACT.match(text)
    _, *parts = _HEADING.split(text[contract.end() :] if contract else text)
    if not parts:
        raise InputError(f"{source}: a prompt needs sections headed '# system' or '# user'")
    turns = zip(parts[::2], parts[1::2], strict=True)
    return Prompt(
        name=name,
        turns=tuple(Turn(role=cast(Role, role), template=body.strip()) for role, body in turns),
        lines=contract is not None and _asks_for_lines(contract[1], source),
    )


def _asks_for_lines(contract: str, source: str) -> bool:
    form = _REPLY.search(contract)
    if form is not None and form[1] != "lines":
        raise InputError(
            f"{source}: reply: {form[1]!r} is not known; write 'reply: lines', or leave it out"
        )
    return form is not None


def prompt_sets() -> list[str]:
    """The names of the prompt sets; the default set has none."""
    return sorted(entry.name for entry in _OURS.iterdir() if entry.is_dir())


def load_prompts(folder: Path | None = None, prompt_set: str = "") -> Mapping[str, Prompt]:
    """Redraft's prompts, those of `prompt_set` laid over them, and those of `folder` over all.

    A file of `folder` may bring a new prompt. One that overrides ours must not ask for holes that
    the agent does not fill. Raises `InputError` naming the file, or the sets that there are.
    """
    ours = _set(prompt_set)
    if folder is None:
        return ours
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of prompts")
    return dict(ours) | _overrides(folder)


def load_prompts_by_role(
    folder: Path | None, sets: Mapping[str, str]
) -> Mapping[str, Mapping[str, Prompt]]:
    """The prompts of each role in `sets`, which names its prompt set, and of `"default"`.

    Raises `InputError` as `load_prompts` does, with the role of a set that there is not.
    """
    for role, prompt_set in sets.items():
        try:
            _set(prompt_set)
        except InputError as error:
            raise InputError(f"prompt_sets.{role}: {error}") from None
    by_role = {DEFAULT_ROLE: "", **sets}
    return {role: load_prompts(folder, prompt_set) for role, prompt_set in by_role.items()}


@cache
def _set(name: str) -> Mapping[str, Prompt]:
    if not name:
        return {_name(file): _parse(file) for file in _markdown(_OURS)}
    known = prompt_sets()
    if name not in known:
        raise InputError(f"no prompt set {name!r}; known: {', '.join(known)}")
    return dict(_set("")) | _overrides(_OURS / name)


def _overrides(folder: Traversable) -> dict[str, Prompt]:
    return {_name(file): _override(file) for file in _markdown(folder)}


def _override(file: Traversable) -> Prompt:
    prompt = _parse(file)
    ours = _set("").get(prompt.name)
    unknown = sorted(prompt.holes - ours.holes) if ours else []
    if ours and unknown:
        known = ", ".join(sorted(ours.holes)) or "none"
        raise InputError(f"{file}: unknown hole {{{{{unknown[0]}}}}} (this prompt has: {known})")
    return prompt


def _parse(file: Traversable) -> Prompt:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file}: not UTF-8 text") from None
    return parse_prompt(_name(file), text, str(file))


def _markdown(folder: Traversable) -> list[Traversable]:
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".md"))
    return sorted(found, key=lambda entry: entry.name)


def _name(file: Traversable) -> str:
    return file.name.removesuffix(".md")
