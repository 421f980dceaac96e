"""Problems written by hand are well-formed, and their answers right by calculations made here."""

import json
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations
from math import ceil
from pathlib import Path

import pytest
import sympy
from math_verify import parse, verify
from sympy import Abs, FiniteSet, Interval, Rational, S, solveset, sqrt

FILE = Path(__file__).with_name("handwritten.jsonl")
PROBLEMS = {row["id"]: row for row in map(json.loads, FILE.read_text("ascii").splitlines())}
x, y = sympy.symbols("x y")

ARITHMETIC = {
    1: 14 * 18 - 205 - 12,
    2: (24 + 21) / Fraction("3.0"),
    3: Fraction(480 * 3, 4) / (16 - 4),
    4: 20 - 3 * Fraction("2.75") - 4 * Fraction("1.20"),
    5: 40 * Fraction("1.25") * Fraction("0.80") - 3,
    6: ceil(Fraction(5 * 27 + 9, 44)),
    7: Fraction(450, 6) * 16 - 450,
    8: 245 - sum(30 + 5 * day for day in range(5)),
    9: Fraction(390, 70 + 60) * 70,
    10: 12 * 35 * Fraction(6, 7) * 6 * 2,
    11: 5 * 82 - (75 + 88 + 91 + 79),
    12: 200 + (Fraction("25.50") - 18) / Fraction("0.05"),
    13: (18 + 3) * (11 + 3) - 18 * 11,
    14: 3 + Fraction(450 - 3 * 45, 45 + 60),
    15: next(2 * red + 15 for red in range(140) if red + 2 * red + 2 * red + 15 == 140),
    16: next(child for child in range(261) if 12 * (260 - child) + 7 * child == 2480),
    17: 3 * 24 // 6 * 4,
    18: 2400 * Fraction("0.65") * Fraction("0.75") * Fraction("0.40"),
    19: (1260 * Fraction(4, 7) + 95) * Fraction("0.60"),
    20: 4 + Fraction(6 * 10 - 6 * 4, 4),
    21: 100 * Fraction(300 * 20 + 500 * 12, 100) / (300 + 500 - 200),
    22: 60 * (Fraction(12, 12) + Fraction(18, 9) + Fraction(42 - 30, 8)),
    23: 4 + ceil(Fraction(3 * 60 + 40 - 60, 30)) * Fraction("1.50"),
    24: (3 * 24 - 7 * 4 - 7 * 3) % 7,
    25: (350 * Fraction("1.10") - 5) * Fraction(1, 4) * Fraction("0.80"),
}

ALGEBRA = {
    1: solveset(7 * x - 9 - (3 * x + 19), x),
    2: solveset((2 * x - 1) / 3 - (x + 4) / 5, x),
    3: sympy.Tuple(*next(iter(sympy.linsolve([3 * x + 2 * y - 16, x - y - 2], x, y)))),
    4: solveset(x**2 - 5 * x - 14, x),
    5: FiniteSet(min(solveset(6 * x**2 - x - 2, x))),
    6: solveset(2 * x + 1 > -3, x, S.Reals) & solveset(2 * x + 1 <= 9, x, S.Reals),
    7: solveset(Abs(x - 3) >= 5, x, S.Reals),
    8: FiniteSet(17 + 16 * Rational(42 - 17, 9 - 4)),
    9: FiniteSet(sum(54 * Rational(2, 3) ** k for k in range(4))),
    10: sympy.cancel((x**2 - 9) / (x**2 + x - 6)),
    11: solveset(2 ** (x + 3) - 4 ** (x - 1), x, S.Reals),
    12: FiniteSet(sympy.Integer(27) ** Rational(2, 3) * sympy.Integer(16) ** Rational(-1, 4)),
    13: solveset(x * (x - 6) - 2**4, x, Interval.open(6, sympy.oo)),
    14: FiniteSet(sympy.minimum(2 * x**2 - 8 * x + 3, x)),
    15: FiniteSet(9**2 - 2 * 14),
    16: sympy.factor(2 * x**3 - 18 * x),
    17: solveset(x**2 - 6 * x + 4, x),
    18: solveset(1 / x + 1 / (x + 3) - Rational(1, 2), x),
    19: solveset(sqrt(2 * x + 7) - (x - 4), x, S.Reals),
    20: sympy.calculus.util.continuous_domain(sqrt(12 - 3 * x) / (x - 1), x, S.Reals),
}

CHOICES = {
    2: f"{int(2.5 * 3600)}",
    3: f"{180 * 4 // (2 + 3 + 4)} degrees",
    4: next(text for text in PROBLEMS["choice-04"]["options"] if sympy.isprime(int(text))),
    6: f"{4 + 4}",
    7: f"{90 * 1000 // 3600}",
    8: next(
        order[2]
        for order in permutations(("Ada", "Ben", "Cho", "Dev", "Eli"))
        if [name for name in order if name != "Eli"] == ["Cho", "Ada", "Ben", "Dev"]
        and order.index("Eli") < order.index("Cho")
    ),
    9: str(Fraction(sum(a + b == 7 for a in range(1, 7) for b in range(1, 7)), 36)),
    10: f"{date(2025, 1, 1) + timedelta(days=100):%A}",
    13: next(f"In box {c}" for c in (1, 2, 3) if [c == 1, c != 2, c != 1].count(True) == 1),
    14: str(sympy.expand((x + 2) ** 2 - (x - 2) ** 2)).replace("*", ""),
    15: f"{20**3 // 1000}",
}


def test_there_are_sixty_with_ids_of_their_own():
    groups = [problem_id.split("-")[0] for problem_id in PROBLEMS]
    counts = {group: groups.count(group) for group in groups}
    assert counts == {"arithmetic": 25, "algebra": 20, "choice": 15}
    assert len({row["question"] for row in PROBLEMS.values()}) == 60


@pytest.mark.parametrize("number", ARITHMETIC)
def test_arithmetic(number: int):
    assert Fraction(PROBLEMS[f"arithmetic-{number:02}"]["answer"]) == ARITHMETIC[number]


@pytest.mark.parametrize("number", ALGEBRA)
def test_algebra(number: int):
    answer = PROBLEMS[f"algebra-{number:02}"]["answer"]
    expected = ALGEBRA[number]
    if isinstance(expected, FiniteSet) and len(expected) == 1:
        [expected] = expected
    assert verify(parse(f"${sympy.latex(expected)}$"), parse(f"${answer}$")), answer


@pytest.mark.parametrize("row", [row for row in PROBLEMS.values() if row["kind"] == "choice"])
def test_a_choice_has_distinct_options_and_a_letter_among_them(row: dict[str, str]):
    assert 4 <= len(row["options"]) <= 5
    assert len(set(row["options"])) == len(row["options"])
    assert row["answer"] in "ABCDE"[: len(row["options"])]


@pytest.mark.parametrize("number", CHOICES)
def test_a_choice_that_can_be_calculated(number: int):
    row = PROBLEMS[f"choice-{number:02}"]
    assert row["options"]["ABCDE".index(row["answer"])] == CHOICES[number]
