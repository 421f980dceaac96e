"""Which pairs of answers are the same, and that deciding it harms nobody."""

import asyncio
import contextlib
import gc
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.core import Outcome, Problem
from redraft.tools import Checkers
from redraft.tools.equality import decide
from redraft.tools.pool import WorkerPool

HANGS = [r"9^{9^{9^{9}}}", r"2^{10^{12}}", r"(10^9)! + 5!"]
LONG = "7" * 1_000_000


@pytest.fixture
async def check() -> AsyncIterator[Checkers]:
    async with Checkers(workers=2, limit=0.5) as checkers:
        yield checkers


def problem(gold: str | None) -> Problem:
    return Problem(id="p", prompt="?", answer=gold)


QUICK: list[tuple[str, str, Outcome]] = [
    ("18", "18", "passed"),
    ("18", "18.0", "passed"),
    ("18", "$18.00", "passed"),
    ("18", "18 eggs", "passed"),
    ("18", "19", "failed"),
    ("18", "", "failed"),
    ("025", "25", "passed"),
    ("1,234", "1234", "passed"),
    ("1234", r"1{,}234", "passed"),
    ("10000", r"10\,000", "passed"),
    ("1000", "1e3", "passed"),
    ("300000", r"3\times 10^{5}", "passed"),
    ("0.5", r"\frac12", "passed"),
    ("0.5", ".5", "passed"),
    (r"1\frac{1}{10}", "1.1", "passed"),
    (r"12\frac{3}{5}", "63/5", "passed"),
    ("1 1/2", "1.5", "passed"),
    (r"0.\overline{3}", "1/3", "passed"),
    ("1/3", "0.3333333333", "failed"),
    ("-4", "\N{MINUS SIGN}4", "passed"),
    (r"50\%", "0.5", "passed"),
    ("50", r"50\%", "passed"),
    (r"50\%", "5", "failed"),
    ("1800000", "1.8 million", "passed"),
    ("2", "-1.8 billion", "failed"),
    ("5", "5 cm", "passed"),
    ("5 cm", "5 centimeters", "passed"),
    ("5 cm", r"5\text{ m}", "failed"),
    (r"90^\circ", "90", "passed"),
    ("1011_2", "1011", "passed"),
    ("4:30p..", r"4:30 \text{ p.m.}", "passed"),
    ("4:30 p.m.", "16:30", "passed"),
    ("4:30 p.m.", "4:30", "passed"),
    ("4:30 p.m.", "4:30 a.m.", "failed"),
    ("6 p.m.", "6 a.m.", "failed"),
    (r"\text{(B)}", "B", "passed"),
    ("no solution", r"\text{No solution}", "passed"),
    ("east", "seat", "failed"),
    ("Tuesday", "Thursday", "failed"),
    (r"\varnothing", r"\emptyset", "passed"),
    (r"0\le x<1", "[0,1)", "passed"),
    (r"[0,1)", r"0 \leq x < 1", "passed"),
    ("[0,1)", "(0,1)", "failed"),
    (r"(3,\infty)", "x>3", "passed"),
    ("x>3", r"(3,\infty)", "passed"),
    (r"x \ge 3", r"3 \le x", "passed"),
    (r"(-\infty,1)\cup(2,\infty)", r"(2,\infty) \cup (-\infty, 1)", "passed"),
    ("2, 3", "x=3 or x=2", "passed"),
    (r"\{1,2\}", r"\{2, 1\}", "passed"),
    ("2, -2", r"\pm 2", "passed"),
    ("$5$", "4, 5", "failed"),
    ("4, 5", "5", "failed"),
    ("(1,2)", "1, 2", "passed"),
    ("(1,2)", "(2,1)", "failed"),
    ("x=5", "5", "passed"),
    ("5", "x = 5", "passed"),
    ("y=5", "x=5", "failed"),
    ("8", r"\int_0^2 4\,dx", "failed"),
    ("120", "5!", "failed"),
    ("10", r"\binom{5}{2}", "failed"),
    ("60", r"12 \cdot 5", "failed"),
    ("5", "2+3", "failed"),
    (LONG, LONG, "passed"),
    ("5", LONG, "unknown"),
    ("5", "x" * 5000, "unknown"),
]


@pytest.mark.parametrize(("gold", "answer", "outcome"), QUICK)
def test_pairs_that_need_no_worker(gold: str, answer: str, outcome: Outcome) -> None:
    comparison = decide(gold, answer)
    assert comparison is not None
    assert comparison[0] == outcome


ALGEBRA: list[tuple[str, str, Outcome]] = [
    ("4", "4t", "failed"),
    ("4a-2", "2(2a-1)", "passed"),
    ("4a-2", "4a+2", "failed"),
    (r"7\pi", r"\frac{14\pi}{2}", "passed"),
    (r"\pi", "3.14159265358979", "failed"),
    (r"\sqrt{2}", "1.4142135", "failed"),
    (r"2\sqrt{3}", r"\sqrt{12}", "passed"),
    (r"\frac{\sqrt{2}}{2}", r"1/\sqrt{2}", "passed"),
    (r"\frac{a}{b}", "a/b", "passed"),
    ("0.5x", "x/2", "passed"),
    ("x^2+2x+1", "(x+1)^2", "passed"),
    (r"e^{i\pi}", "-1", "passed"),
    ("3+4i", "4i+3", "passed"),
    (r"\overline{AB}", "AB", "passed"),
    ("1024", "2^{10}", "passed"),
    ("5!", "120", "passed"),
    (r"1\pm\sqrt{2}", r"1-\sqrt2, 1+\sqrt2", "passed"),
    (r"(0,\sqrt{4})", "(0,2)", "passed"),
    (
        r"\begin{pmatrix}1\\2\end{pmatrix}",
        r"\begin{pmatrix} \frac{2}{2} \\ 2 \end{pmatrix}",
        "passed",
    ),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}2\\1\end{pmatrix}", "failed"),
    ("5", r"\foo{bar", "failed"),
    ("5", "x+", "failed"),
    (r"\foo{bar", "5", "unknown"),
    ("5", "1e999999999", "failed"),
]


async def test_pairs_that_need_algebra(check: Checkers) -> None:
    verdicts = await asyncio.gather(*(check(problem(g), a) for g, a, _ in ALGEBRA))
    seen = [(g, a, v.outcome) for (g, a, _), v in zip(ALGEBRA, verdicts, strict=True)]
    assert seen == ALGEBRA


numbers = st.fractions(max_denominator=10_000)


def spellings(value: Fraction) -> list[str]:
    top, bottom = value.numerator, value.denominator
    sign = "-" if top < 0 else ""
    return [
        f"{top}/{bottom}",
        rf"{sign}\frac{{{abs(top)}}}{{{bottom}}}",
        rf"\frac{{{2 * top}}}{{{2 * bottom}}}",
        f"${top}/{bottom}$",
    ]


@settings(deadline=None)
@given(numbers, numbers)
def test_numbers_are_compared_exactly_and_either_way(left: Fraction, right: Fraction) -> None:
    wanted = ("passed" if left == right else "failed", "")
    for a, b in zip(spellings(left), reversed(spellings(right)), strict=True):
        assert decide(a, b) == decide(b, a) == wanted


@settings(deadline=None)
@given(st.integers(-(10**30), 10**30), st.integers(1, 12))
def test_decimals_and_separators_keep_the_value(whole: int, places: int) -> None:
    assert decide(str(whole), f"${whole:,}.{'0' * places}") == ("passed", "")
    assert decide(str(whole), f"{whole}.{'0' * places}1") == ("failed", "")


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_compared_without_error(left: str, right: str) -> None:
    assert decide(left, left) is not None
    decide(left, right)


@pytest.mark.parametrize("hang", HANGS)
async def test_a_hang_is_undecided_and_the_loop_goes_on(hang: str, check: Checkers) -> None:
    await check(problem("x"), "y + z")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    clock = asyncio.create_task(tick())
    verdict = await check(problem("5!"), hang)
    clock.cancel()
    assert verdict.outcome == "unknown"
    assert "undecided" in verdict.comment
    assert ticks > 5
    assert (await check(problem("x+x"), "2x")).outcome == "passed"


async def test_a_killed_worker_is_replaced() -> None:
    async with contextlib.aclosing(WorkerPool(1, 5.0)) as pool:
        assert await pool.compare("x+x", "2x") == ("passed", "")
        (idle,) = pool._idle
        busy = asyncio.create_task(pool.compare("5!", HANGS[0]))
        await asyncio.sleep(0.05)
        assert not pool._idle
        os.kill(idle.pid, signal.SIGKILL)
        assert await busy == ("unknown", "undecided: the checker process ended (status -9)")
        assert await pool.compare("x+x", "2x") == ("passed", "")


async def test_a_worker_killed_while_idle_is_replaced_unseen() -> None:
    async with contextlib.aclosing(WorkerPool(1, 5.0)) as pool:
        assert await pool.compare("x+x", "2x") == ("passed", "")
        (idle,) = pool._idle
        os.kill(idle.pid, signal.SIGKILL)
        await idle.wait()
        assert await pool.compare("x+x", "2x") == ("passed", "")


async def test_a_cancelled_check_leaves_the_pool_whole(check: Checkers) -> None:
    task = asyncio.create_task(check(problem("5!"), "9^{9^{9^{9}}}"))
    waiting = [asyncio.create_task(check(problem("x"), f"y^{n}")) for n in range(2, 8)]
    await asyncio.sleep(0.01)
    for each in (task, *waiting):
        each.cancel()
    results = await asyncio.gather(task, *waiting, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert (await check(problem("x+x"), "2x")).outcome == "passed"


@pytest.mark.parametrize("wait", [0.0, 0.001, 0.02, 1.0])
async def test_closing_at_any_moment_ends_every_process(wait: float) -> None:
    """A process that outlived its pool would surface as a ResourceWarning, an error here."""
    async with Checkers(workers=2) as check:
        busy = [asyncio.create_task(check(problem("5!"), hang)) for hang in HANGS]
        await asyncio.sleep(wait)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    gc.collect()


async def test_a_worker_that_cannot_start_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with Checkers() as check:
        verdict = await check(problem("x+x"), "2x")
    assert (verdict.outcome, "did not start" in verdict.comment) == ("unknown", True)


async def test_plain_answers_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    async with Checkers() as check:
        assert (await check(problem("18"), "$18.00")).outcome == "passed"


async def test_the_same_pair_is_decided_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Checkers() as check:
        first = await check(problem("x+x"), "2x")
        monkeypatch.setattr(WorkerPool, "compare", None)
        assert await check(problem("$x+x$"), "2x.") == first


async def test_kinds(check: Checkers) -> None:
    choice = Problem(id="p", prompt="?", kind="choice", answer="B", options=("1/2", "5 cm", "x"))
    text = Problem(id="p", prompt="?", kind="text", answer="Blue Whale")
    code = Problem(id="p", prompt="?", kind="code", answer="x")
    cases = [
        (choice, "(b)", "passed"),
        (choice, "5", "passed"),
        (choice, "0.5", "failed"),
        (choice, "?", "failed"),
        (choice.model_copy(update={"answer": "Z"}), "B", "unknown"),
        (text, "  blue  whale. ", "passed"),
        (text, "blue", "failed"),
        (code, "x", "unknown"),
        (problem(None), "5", "unknown"),
        (text.model_copy(update={"answer": None}), "x", "unknown"),
    ]
    assert [(await check(p, a)).outcome for p, a, _ in cases] == [wanted for *_, wanted in cases]


def test_the_room_opens_without_sympy() -> None:
    heavy = "{'sympy', 'math_verify', 'latex2sympy2_extended'}"
    code = f"import sys, redraft.tools; assert not {heavy} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
