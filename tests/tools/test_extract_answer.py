"""What is read from texts as models write them, and that hostile text is harmless."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.core import Kind, Problem
from redraft.tools import extract_answer

MATH = Problem(id="m", prompt="?")
TEXT = Problem(id="t", prompt="?", kind="text")
CODE = Problem(id="c", prompt="?", kind="code")
CHOICE = Problem(
    id="c", prompt="?", kind="choice", options=("10", "11.5", "a dog", "$13.6", "None of these")
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{\frac{1}{2}}.", r"\frac{1}{2}"),
        (r"\boxed{\left\{\frac{a}{b}\right\}}", r"\left\{\frac{a}{b}\right\}"),
        (r"$x=\boxed{2}$ or $x=\boxed{3}$", "2, 3"),
        (r"$\boxed{2}$ and $\boxed{2}$", "2"),
        (r"\boxed{1} is wrong, so \boxed{4}", "4"),
        ("\\boxed{1}\n\nNow check. \\boxed{4}", "4"),
        (r"\framebox{204} minutes", "204"),
        (r"\fbox{7}", "7"),
        (r"\boxed 5", "5"),
        (r"\boxed{5} and then \boxed{}", "5"),
        (r"\boxed{5}, \boxed{\phantom{0}}", "5"),
        (r"\boxed{5} then cut \boxed{12", "5"),
        (r"The answer is 3. But \boxed{4}", "4"),
        ("blah\n#### 1,234", "1,234"),
        ("#### 3\n#### 4", "4"),
        ("5 * 2 = <<5*2=10>>10\nA: 18", "18"),
        ("A: -1.8 billion", "-1.8 billion"),
        ("A: 3 1/2", "3 1/2"),
        ("**Answer:** 5", "5"),
        ("Answer: $1,234.56.", "$1,234.56"),
        (r"Final answer: \[ 7 \]", "7"),
        ("The answer is 18 eggs.", "18 eggs"),
        ("The answer is $5$ dollars, because 3+2=5", "$5$ dollars"),
        ("The answer is x = 3", "x = 3"),
        ("The answer is 3+4=7", "7"),
        ("The answer is 4:30 p.m. today", "4:30 p.m."),
        (r"The answer is 50\%.", r"50\%"),
        ("the answer to the question is 3.5.", "3.5"),
        ("The answer is [0,1)", "[0,1)"),
        (r"The final answer is $\{1, 2\}$. I hope it is correct.", r"\{1, 2\}"),
        (r"The answer is \(\frac{3}{4}\).", r"\frac{3}{4}"),
        ("The answer is that she has 18 eggs left today", "18"),
        ("The answer is 3.\nNo, the answer is 4.", "4"),
        ("She makes 9 * 2 = $<<9*2=18>>18 every day", "18"),
        ("First 12.\nSo 1,250 in all.", "1,250"),
        ("12 eggs\nno idea", None),
        (r"\boxed{}", None),
        ("", None),
    ],
)
def test_math(text: str, answer: str | None) -> None:
    assert extract_answer(text, MATH) == answer


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("(B)", "B"),
        ("B)", "B"),
        ("**B**", "B"),
        ("#### B", "B"),
        ("Hence D>>B\nB", "B"),
        (r"\boxed{B}", "B"),
        (r"\boxed{\text{(B)}}", "B"),
        (r"\boxed{\textbf{(D)}\ 13.6}", "D"),
        (r"\boxed{13.6}", "D"),
        ("The answer is B", "B"),
        ("The answer is **(C) a dog**", "C"),
        ("The answer is a dog.", "C"),
        ("The answer is option D) 13.", "D"),
        ("ANSWER:A", "A"),
        ("Answer: Option B", "B"),
        ("Answer choice E", "E"),
        ("The correct option is C.", "C"),
        ("correct choice is (C)", "C"),
        ("I think B because A is wrong", "B"),
        ("I'd go with (C)", "C"),
        ("so E is correct. A is wrong.", "E"),
        ("Option A is wrong. Option B is right", "B"),
        ("so we get 11.5 hours", "B"),
        ("it is none of these", "E"),
        ("The answer is A. No: the answer is C.", "C"),
        ("The answer is not A.", None),
        ("The answer is Z", None),
        ("A car is fast", None),
        ("The answer is a mystery", None),
        ("", None),
    ],
)
def test_choice(text: str, letter: str | None) -> None:
    assert extract_answer(text, CHOICE) == letter


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is: blue whale.", "blue whale"),
        ("It is\nParis", "Paris"),
        (r"\boxed{Paris}", "Paris"),
        ("", None),
    ],
)
def test_text(text: str, answer: str | None) -> None:
    assert extract_answer(text, TEXT) == answer


def test_code_is_not_read() -> None:
    assert extract_answer(r"\boxed{1}", CODE) is None


balanced = st.recursive(
    st.text("abc12+-=^_ ,", min_size=1, max_size=6),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(
        lambda parts: "".join(f"{{{part}}}" for part in parts)
    ),
)


@settings(deadline=None)
@given(balanced.map(str.strip).filter(bool), st.text(max_size=40))
def test_a_box_gives_back_what_was_put_in(content: str, before: str) -> None:
    content = f"x{content}x"
    assert extract_answer(f"{before}. \n\n\\boxed{{{content}}}.", MATH) == content


MARKS = (r"\boxed{", "}", "{", "\\", "$", "The answer is ", "A: ", "####", "<<", ">>", "1,", "2/")
WORDS = (
    "A",
    " B)",
    "(",
    ".",
    "and ",
    "or",
    "x=",
    " ",
    "%",
    "\n",
    "9" * 50,
    "\N{MINUS SIGN}",
    "\x00",
)
pieces = st.lists(st.sampled_from(MARKS + WORDS), max_size=60).map("".join)


@settings(deadline=None)
@given(st.one_of(pieces, st.text()), st.sampled_from(["math", "choice", "text", "code"]))
def test_any_text_is_read_without_error(text: str, kind: Kind) -> None:
    answer = extract_answer(text, Problem(id="p", prompt="?", kind=kind, options=("1", "2")))
    assert answer is None or answer.strip() == answer != ""


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([MATH, CHOICE, TEXT]), pieces.filter(bool))
def test_megabytes_of_anything_are_read(problem: Problem, piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    answer = extract_answer(text, problem)
    assert answer is None or len(answer) <= 20 * 4000
