"""Solutions of a story: the long one, shorter ones by behaviors, and wrong ones.

A solution is one numbered calculation a line and the answer in a box.
"""

import random
from collections.abc import Collection, Mapping, Sequence

from story import Change, Kind, Story

SIGN: Mapping[Kind, str] = {
    "add": "+", "take": "-", "times": "x", "share": "/", "add_groups": "+", "take_groups": "-",
}  # fmt: skip
LEAVES_OUT: Mapping[Kind, str] = {
    "come_and_go": "behavior_cancel",
    "go_and_come": "behavior_cancel",
    "grow_and_shrink": "behavior_undo",
}
MISTAKES = {"slip": 60, "operation": 10, "number": 12, "skip": 10, "stop": 8}
Line = tuple[str, int]


def render(lines: Sequence[str], result: int, *, using: Sequence[str] = ()) -> str:
    """The text of a solution; `using` are the behaviors that it cites when its steps are done."""
    cited = [f"Using {', '.join(using)}."] if using else []
    numbered = [f"{place}. {line}" for place, line in enumerate(lines, start=1)]
    return "\n".join([*numbered, *cited, f"\\boxed{{{result}}}"])


def solve(story: Story) -> tuple[list[str], int]:
    """The calculations of the long solution, and the answer."""
    lines, result, _ = shorten(story, ())
    return lines, result


def shorten(story: Story, behaviors: Collection[str]) -> tuple[list[str], int, list[str]]:
    """The calculations with `behaviors` in use, the answer, and which of them were used."""
    joined = "behavior_join" in behaviors
    steps, used, now = list[str](), list[str](), story.start
    for change in story.changes:
        name = LEAVES_OUT.get(change.kind)
        if name is not None and name in behaviors:
            used.append(name)
            continue
        for part in change.parts:
            result = _apply(now, part)
            steps += _steps("" if joined and steps else f"{now} ", part, result)
            now = result
    if joined and len(steps) > 1:
        used.append("behavior_join")
        steps = [", ".join(steps)]
    return steps, now, list(dict.fromkeys(used))


def _steps(left: str, change: Change, result: int) -> list[str]:
    """The calculations of one part; `left` is the quantity before it, where that is written."""
    if change.operations == 1:
        return [f"{left}{SIGN[change.kind]} {change.size} = {result}"]
    product, sign = change.groups * change.size, SIGN[change.kind]
    return [f"{change.groups} x {change.size} = {product}", f"{left}{sign} {product} = {result}"]


def _apply(quantity: int, change: Change) -> int:
    after = change.apply(quantity)
    return quantity if after is None else after


def wrong(story: Story, rng: random.Random) -> str:
    """An attempt with one mistake, carried on from there as if it were right."""
    while True:
        plan = _plan(story)
        place = rng.randrange(len(plan))
        mistake = rng.choices(list(MISTAKES), list(MISTAKES.values()))[0]
        text = _follow(story, plan, place, mistake, rng)
        if text is not None:
            return text


Move = tuple[int | None, str, int | None]


def _plan(story: Story) -> list[Move]:
    """Calculations as (left, sign, right); `None` is the running quantity, or on the right the
    result of the line before."""
    plan: list[Move] = []
    for change in (part for event in story.changes for part in event.parts):
        if change.operations == 1:
            plan.append((None, SIGN[change.kind], change.size))
        else:
            plan.append((change.groups, "x", change.size))
            plan.append((None, SIGN[change.kind], None))
    return plan


def _follow(
    story: Story, plan: Sequence[Move], place: int, mistake: str, rng: random.Random
) -> str | None:
    now, last = story.start, 0
    lines: list[str] = []
    for i, (left, sign, right) in enumerate(plan):
        if i == place and mistake == "stop":
            break
        if i == place and mistake == "skip":
            if right is None or left is not None:
                return None
            continue
        a, b = now if left is None else left, last if right is None else right
        done = sign
        if i == place and mistake == "operation":
            done = rng.choice([s for s in "+-x/" if s != sign])
        if i == place and mistake == "number":
            b = rng.choice(story.numbers)
            if b == (last if right is None else right):
                return None
        result = _calculate(a, done, b)
        if result is None:
            return None
        if i == place and mistake == "slip":
            result = _slip(result, rng)
        if not 0 <= result <= 2 * story.limit + 1:
            return None
        lines.append(f"{a} {done} {b} = {result}")
        last = result
        if left is None:
            now = result
    return render(lines, now) if lines else None


def _calculate(a: int, sign: str, b: int) -> int | None:
    if sign == "/":
        return a // b if b else None
    result = a + b if sign == "+" else a - b if sign == "-" else a * b
    return result if result >= 0 else None


def _slip(result: int, rng: random.Random) -> int:
    digits = list(str(result))
    if rng.random() < 0.3:
        place = rng.randrange(len(digits))
        digits[place] = rng.choice([d for d in "0123456789" if d != digits[place]])
        changed = int("".join(digits))
        if changed != result and str(changed) == "".join(digits):
            return changed
    moved = result + rng.choice((-1, 1, -1, 1, -2, 2, -10, 10, -10, 10, -100, 100, 9, -9))
    return moved if moved >= 0 else result + 1
