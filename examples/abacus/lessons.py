"""Every role of Redraft's agents as a lesson: which prompt is sent, and what Abacus should reply.

A lesson is a function of a `Case`; a new role is one more function and one more line in `LESSONS`.
Half-right material is part of every lesson that shows work of others: wrong attempts, summaries
that report wrong steps, critiques that are mistaken. The reply that is taught is always right.
"""

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from behaviors import SHORTCUTS, USELESS
from checking import answer, attempt_steps, first_wrong_step
from solution import render, shorten, solve, wrong
from story import Story

Attempts = Callable[[int], list[str]]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A prompt's name, what fills its holes beside the problem, and the reply."""

    prompt: str
    values: Mapping[str, str]
    reply: str


@dataclass(frozen=True, slots=True)
class Case:
    """A story with its right steps, and `attempts(k)`, which gives `k` attempts at it."""

    story: Story
    steps: Sequence[str]
    result: int
    attempts: Attempts
    rng: random.Random

    @property
    def reply(self) -> str:
        """The long solution."""
        return render(self.steps, self.result)

    def first_wrong(self, attempt: str) -> int | None:
        """The number of the first wrong step of `attempt`."""
        return first_wrong_step(self.steps, attempt)


def invented(story: Story, rng: random.Random) -> Attempts:
    """Attempts with made-up mistakes; how many of them are right differs from story to story."""
    share = rng.random()
    right = render(*solve(story))
    mistakes = [wrong(story, rng) for _ in range(2)]

    def attempts(count: int) -> list[str]:
        return [one() for _ in range(count)]

    def one() -> str:
        if rng.random() < share:
            return right
        return rng.choice(mistakes) if rng.random() < 0.4 else wrong(story, rng)

    return attempts


def case(story: Story, rng: random.Random, attempts: Attempts | None = None) -> Case:
    """A case with the `attempts` given, or with invented ones."""
    steps, result = solve(story)
    return Case(story, steps, result, attempts or invented(story, rng), rng)


def draft(case: Case) -> Lesson:
    return Lesson("draft", {}, case.reply)


def rewrite(case: Case) -> Lesson:
    return Lesson("rewrite", {"solution": case.attempts(1)[0]}, case.reply)


def critique(case: Case) -> Lesson:
    attempt = _early(case) if case.rng.random() < 0.9 else _doubtful(case, 0.0)
    return Lesson("critique", {"solution": attempt}, critique_of(case, attempt))


def critique_of(case: Case, attempt: str) -> str:
    """Each step done again and judged by its difference to the attempt's, up to the first wrong."""
    return _judged(case.steps, str(case.result), attempt, case.first_wrong(attempt))


def _judged(steps: Sequence[str], result: str, attempt: str, bad: int | None) -> str:
    lines: list[str] = []
    for place, line in enumerate(_redone(steps, result, attempt, bad), start=1):
        lines += [line, f"Correctness of the step: {'Wrong' if place == bad else 'Correct'}"]
    verdict = "Correct" if bad is None else "Wrong"
    return "\n".join([*lines, f"Correctness of the final answer: {verdict}"])


def _redone(steps: Sequence[str], result: str, attempt: str, bad: int | None) -> list[str]:
    """Each step and the box, with what the attempt's result differs by, up to the first wrong.

    The model learns to subtract and to see a nought; to compare two numbers, it does not learn.
    """
    given = attempt_steps(attempt)[: len(steps)]
    given += ["none"] * (len(steps) - len(given)) + [f"\\boxed{{{answer(attempt) or 'none'}}}"]
    own = [*steps, f"\\boxed{{{result}}}"]
    return [
        f"{place}. {other}; {step}; {_difference(_result(step), _result(other))}"
        for place, (other, step) in enumerate(zip(given[:bad], own, strict=False), start=1)
    ]


def _difference(own: str, given: str) -> str:
    if not (own.isdecimal() and given.isdecimal()):
        return f"{own} - none"
    return f"{own} - {given} = {int(own) - int(given)}"


def _result(step: str) -> str:
    return re.sub(r"\D", "", step.rpartition("=")[2]) or "none"


def revise(case: Case) -> Lesson:
    attempt = _doubtful(case)
    by = critique_of(case, attempt) if case.rng.random() < 0.65 else _mistaken(case, attempt)
    return Lesson("revise", {"solution": attempt, "critique": by}, case.reply)


def _mistaken(case: Case, attempt: str) -> str:
    """A critique that flags a step for no reason, calculates wrongly or sees nothing wrong."""
    rng, bad = case.rng, case.first_wrong(attempt)
    own = attempt_steps(attempt)
    if not own or (bad is not None and rng.random() < 0.3):
        return _judged(own, answer(attempt) or "none", attempt, None)
    place = bad if bad is not None and rng.random() < 0.6 else rng.randint(1, len(own))
    place = min(place, len(own))
    other = attempt_steps(wrong(case.story, rng))
    steps = [*own[: place - 1], other[place - 1] if place <= len(other) else own[place - 1]]
    return _judged(steps, str(case.result), attempt, place)


def verify(case: Case) -> Lesson:
    attempt = _doubtful(case)
    given = answer(attempt)
    verdict = "Correct" if given == str(case.result) else "Wrong"
    own = "\n".join(f"{place}. {step}" for place, step in enumerate(case.steps, start=1))
    last = f"Answer {_difference(str(case.result), given or 'none')}"
    return Lesson(
        "verify",
        {"solution": attempt},
        f"{own}\n{last}\nCorrectness of the final answer: {verdict}",
    )


def distill(case: Case) -> Lesson:
    attempts = case.attempts(_width(case.rng))
    return Lesson("distill", {"solutions": number(attempts)}, compared(attempts))


def number(texts: Sequence[str]) -> str:
    """Attempts as Redraft lays them out."""
    return "\n\n".join(f"Attempt {i}:\n{text}" for i, text in enumerate(texts, start=1))


def compared(attempts: Sequence[str]) -> str:
    """The steps that most attempts share, other versions of them, and all answers."""
    pool = [attempt_steps(text) for text in attempts]
    lines: list[str] = []
    while True:
        place = len(lines)
        versions = Counter(steps[place] for steps in pool if len(steps) > place)
        if not versions or versions.total() * 2 < len(pool):
            break
        ranked = [version for version, _ in versions.most_common(3)]
        lines.append(f"{place + 1}. {' or '.join(ranked)}")
        pool = [steps for steps in pool if len(steps) > place and steps[place] == ranked[0]]
    answers = ", ".join(answer(text) or "none" for text in attempts)
    return "\n".join([*lines, f"Answers: {answers}"])


def refine_summary(case: Case) -> Lesson:
    notes = compared(case.attempts(_width(case.rng)))
    return Lesson("refine", {"workspace": notes}, case.reply)


def refine_attempts(case: Case) -> Lesson:
    shown = number(case.attempts(case.rng.choice((1, 2, 2, 3, 4))))
    return Lesson("refine", {"workspace": shown}, case.reply)


def select(case: Case) -> Lesson:
    attempts = case.attempts(_width(case.rng))
    k = min(case.rng.choice((1, 2, 2, 3, 4)), len(attempts))
    agreed = Counter(answer(text) for text in attempts)

    def rank(place: int) -> tuple[int, int, int]:
        bad = case.first_wrong(attempts[place])
        return (-99 if bad is None else -bad, -agreed[answer(attempts[place])], place)

    best = sorted(range(len(attempts)), key=rank)[:k]
    reply = json.dumps({"best": [place + 1 for place in best]}, separators=(",", ":"))
    return Lesson("select", {"solutions": number(attempts), "k": str(k)}, reply)


def analyse(case: Case) -> Lesson:
    attempt = _doubtful(case)
    return Lesson("analyse", {"solution": attempt}, _flaw(case, attempt))


def rewrite_analysed(case: Case) -> Lesson:
    attempt = _doubtful(case)
    flaw = _flaw(case, attempt) if case.rng.random() < 0.7 else _flaw(case, case.attempts(1)[0])
    return Lesson("rewrite_analysed", {"solution": attempt, "analysis": flaw}, case.reply)


def _flaw(case: Case, attempt: str) -> str:
    bad = case.first_wrong(attempt)
    redone = _redone(case.steps, str(case.result), attempt, bad)
    return "\n".join([*redone, "None" if bad is None else f"Step {bad} is wrong."])


def hint(case: Case) -> Lesson:
    attempts = case.attempts(_width(case.rng))
    return Lesson("hint", {"solutions": number(attempts)}, _hint(case, attempts))


def hinted(case: Case) -> Lesson:
    return Lesson("hinted", {"hint": _hint(case, case.attempts(2))}, case.reply)


_WORDS = {"+": "an addition", "-": "a subtraction", "x": "a multiplication", "/": "a division"}


def _hint(case: Case, attempts: Sequence[str]) -> str:
    places = [bad for bad in map(case.first_wrong, attempts) if bad is not None]
    if not places:
        return "Check every calculation."
    place = min(places)
    if place > len(case.steps):
        return "Check the last line."
    sign = case.steps[place - 1].split()[1]
    return f"Look again at step {place}, it is {_WORDS[sign]}."


def reflect(case: Case) -> Lesson:
    attempt = case.attempts(1)[0]
    return Lesson("reflect", {"solution": attempt}, _reflection(case, attempt))


def extract(case: Case) -> Lesson:
    attempt = case.attempts(1)[0]
    names = _missing(case)
    lines = [f"{name}: {case.rng.choice(SHORTCUTS[name])}" for name in names]
    values = {"solution": attempt, "reflection": _reflection(case, attempt)}
    return Lesson("extract", values, "\n".join(lines) or "none")


def _reflection(case: Case, attempt: str) -> str:
    bad = case.first_wrong(attempt)
    redone = _redone(case.steps, str(case.result), attempt, bad)
    first = "The answer is right." if bad is None else f"Step {bad} is wrong."
    return "\n".join([*redone, first, f"Missing: {', '.join(_missing(case)) or 'none'}"])


def _missing(case: Case) -> list[str]:
    return shorten(case.story, SHORTCUTS)[2]


def behave(case: Case) -> Lesson:
    listed = _listed(case)
    named: dict[str, str] = {}
    for name, behavior, _ in listed:
        named.setdefault(behavior, name)
    steps, result, used = shorten(case.story, named)
    reply = render(steps, result, using=[named[behavior] for behavior in used])
    lines = [f"{name}: {text}" for name, _, text in listed]
    return Lesson("behave", {"behaviors": "\n".join(lines)}, reply)


def _listed(case: Case) -> list[tuple[str, str, str]]:
    """One to six behaviors as a handbook holds them: its name there, which it is, its wording.

    Those that the story has a use for come often. A handbook has one in several wordings, under
    numbered names.
    """
    rng, listed = case.rng, list[tuple[str, str, str]]()
    useful = _missing(case)
    for _ in range(rng.choice((1, 2, 3, 4, 5, 5, 5, 6))):
        chance = rng.random()
        if chance < 0.25:
            name = behavior = rng.choice(sorted(USELESS))
            text = USELESS[behavior]
        else:
            behavior = rng.choice(useful if useful and chance < 0.6 else sorted(SHORTCUTS))
            name = behavior + rng.choice(("", "", "_2", "_3"))
            text = rng.choice(SHORTCUTS[behavior])
        if all(name != other for other, _, _ in listed):
            listed.append((name, behavior, text))
    return listed


def _doubtful(case: Case, share: float = 0.6) -> str:
    """An attempt, wrong in `share` of the cases, and then early, so that few steps are judged
    before the one that counts."""
    shown = case.attempts(4)
    bad = [(place, text) for text in shown if (place := case.first_wrong(text)) is not None]
    if case.rng.random() < share:
        return min(bad)[1] if bad else wrong(case.story, case.rng)
    good = [text for text in shown if case.first_wrong(text) is None]
    return case.rng.choice(good) if good else case.reply


def _early(case: Case) -> str:
    """A wrong attempt, where possible from its first steps on: were most steps that are judged
    right, to copy them would be learnt before to do them again."""
    places = ((case.first_wrong(text), text) for text in case.attempts(6))
    early = [text for place, text in places if place is not None and place < 3]
    if early and case.rng.random() < 0.6:
        return case.rng.choice(early)
    made = [wrong(case.story, case.rng) for _ in range(case.rng.choice((1, 5, 9)))]
    return min(made, key=lambda text: case.first_wrong(text) or 0)


def _width(rng: random.Random) -> int:
    return rng.choices((2, 3, 4, 5, 6, 8), (20, 30, 30, 6, 6, 8))[0]


LESSONS: Mapping[str, Callable[[Case], Lesson]] = {
    "draft": draft,
    "critique": critique,
    "revise": revise,
    "verify": verify,
    "refine_summary": refine_summary,
    "refine_attempts": refine_attempts,
    "distill": distill,
    "select": select,
    "rewrite": rewrite,
    "analyse": analyse,
    "rewrite_analysed": rewrite_analysed,
    "hint": hint,
    "hinted": hinted,
    "reflect": reflect,
    "extract": extract,
    "behave": behave,
}
