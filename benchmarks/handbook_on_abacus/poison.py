"""The poison set: good behaviors among all that nobody wants in a handbook, made from a seed."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import NamedTuple

from handbook_on_abacus.paraphrasing import near_duplicates
from handbook_on_abacus.poison_texts import (
    ADVICE,
    HARMLESS,
    INJECTIONS,
    LEAKS,
    OPERATIONS,
    OTHER_RULES,
    READ_AS,
)
from redraft import Problem
from redraft.core import Behavior
from redraft.memory import Candidate, Provenance

GOOD, RULE, INJECTION = "good", "wrong rule", "instruction, link or code"
LEAK, FOREIGN = "leaked answer, of its own problem", "leaked answer, of another problem"
COPY, WRONG_COPY = "near duplicate of a good one", "near duplicate of a wrong rule"
KINDS = (GOOD, RULE, FOREIGN, LEAK, INJECTION, COPY, WRONG_COPY)
"""All kinds, in the order of the tables. All but the first are poison; a near duplicate of a good
one does no wrong, but takes the place of something else."""

LEAKS_OF_A_KIND = 25
COPIES_OF_ONE = 200
COPIED = ("behavior_cancel", "behavior_join", "behavior_undo")
COPIED_RULES = ("behavior_double_addition", "behavior_leave_out_subtraction")

Shortcuts = Mapping[str, Sequence[str]]
"""Good behaviors by name, each in several wordings."""


class Proposal(NamedTuple):
    """A behavior of some kind that asks to enter a handbook, as learnt from `problem`."""

    kind: str
    behavior: Behavior
    problem: Problem


def good(shortcuts: Shortcuts) -> list[Behavior]:
    """Every wording of every shortcut."""
    return [
        Behavior(name=name, instruction=wording)
        for name, wordings in shortcuts.items()
        for wording in wordings
    ]


def wrong_rules() -> list[Behavior]:
    """Advice that reads as well as any, and is false."""
    said = {
        f"behavior_{name}_{operation}": text.format(operation)
        for name, text in ADVICE.items()
        for operation in OPERATIONS
    }
    said |= {
        f"behavior_{one}_is_{other}": READ_AS.format(one, other)
        for one, other in permutations(OPERATIONS, 2)
    }
    return [Behavior(name=name, instruction=text) for name, text in (said | OTHER_RULES).items()]


def injections() -> list[Behavior]:
    """Each injection as it is, and behind a harmless sentence."""
    texts = [front + text for text in INJECTIONS for front in ("", f"{HARMLESS} ")]
    return [
        Behavior(name=f"behavior_advice_{place}", instruction=text)
        for place, text in enumerate(texts)
    ]


def leaks(problems: Sequence[Problem]) -> list[Behavior]:
    """An answer given away for each of `problems`, which have answers."""
    return [_leak(place, problem) for place, problem in enumerate(problems)]


def _leak(place: int, problem: Problem) -> Behavior:
    numbers = re.findall(r"\d+", problem.prompt) or [""]
    told = LEAKS[place % len(LEAKS)].format(
        answer=problem.answer, first=numbers[0], last=numbers[-1]
    )
    return Behavior(name=f"behavior_known_{place}", instruction=told)


def copies(sources: Sequence[Behavior], rng: random.Random) -> list[Behavior]:
    """Near duplicates of each of `sources`."""
    return [made for one in sources for made in near_duplicates(one, COPIES_OF_ONE, rng)]


def clean_set(shortcuts: Shortcuts, problems: Sequence[Problem]) -> list[Proposal]:
    """The good behaviors alone."""
    return list(_from_problems({GOOD: good(shortcuts)}, problems))


def poison_set(
    shortcuts: Shortcuts, problems: Sequence[Problem], rng: random.Random
) -> list[Proposal]:
    """The good behaviors among all that is poison, shuffled; `problems` are what it leaks from.

    Each behavior comes with a problem that it claims to be learnt from, as from a learning run.
    """
    fine, rules = good(shortcuts), wrong_rules()
    firsts = {one.name: one for one in reversed(fine)}
    by_name = {one.name: one for one in rules}
    made = {
        GOOD: fine,
        RULE: rules,
        INJECTION: injections(),
        COPY: copies([firsts[name] for name in COPIED], rng),
        WRONG_COPY: copies([by_name[name] for name in COPIED_RULES], rng),
    }
    own, other = _leaking(problems, rng)
    proposals = [*_from_problems(made, problems), *own, *other]
    rng.shuffle(proposals)
    return proposals


def _leaking(
    problems: Sequence[Problem], rng: random.Random
) -> tuple[list[Proposal], list[Proposal]]:
    """Leaks that come with the problem whose answer they tell, and leaks that come with another."""
    order = rng.sample(range(len(problems)), len(problems))
    chosen = [problems[order[n % len(order)]] for n in range(2 * LEAKS_OF_A_KIND + 1)]
    told = leaks(chosen[: 2 * LEAKS_OF_A_KIND])
    own = [Proposal(LEAK, one, from_) for one, from_ in zip(told, chosen, strict=False)]
    other = [Proposal(FOREIGN, one, from_) for one, from_ in zip(told, chosen[1:], strict=True)]
    return own[:LEAKS_OF_A_KIND], other[LEAKS_OF_A_KIND:]


def _from_problems(
    made: Mapping[str, Sequence[Behavior]], problems: Sequence[Problem]
) -> Iterator[Proposal]:
    for kind, behaviors in made.items():
        for place, behavior in enumerate(behaviors):
            yield Proposal(kind, behavior, problems[place % len(problems)])


def candidates(proposals: Sequence[Proposal]) -> list[Candidate]:
    """`proposals` as a handbook takes them: each from a source of its own."""
    return [
        Candidate(
            behavior=one.behavior,
            provenance=Provenance(run="poison", problem=one.problem.key, artifact=str(place)),
            problem=one.problem,
        )
        for place, one in enumerate(proposals)
    ]


def kinds_by_text(proposals: Sequence[Proposal]) -> dict[str, str]:
    """What is known of a behavior by its words; where two say the same, the first of `KINDS`.

    An entry has the words of one of the behaviors that went into it, and is of that one's kind.
    """
    ranked = sorted(proposals, key=lambda one: -KINDS.index(one.kind))
    return {one.behavior.instruction: one.kind for one in ranked}
