"""Whatever a behavior holds, the gate answers, and a plain sentence with the answer is refused."""

from hypothesis import given
from hypothesis import strategies as st

from redraft.core import Behavior, Problem
from redraft.memory.gate import refusal
from redraft.memory.gate_numbers import numbers
from redraft.memory.gate_text import fold, hidden

# What patterns with nested repetitions choke on, beside all of Unicode.
PIECES = st.sampled_from(
    ["1", "0,000", "1/", " ", "-", "a ", "ignore ", "the ", "the answer is always ", "\\boxed{",
     "<a ", "](", "forty ", "hundred and ", "aaaaaaaaaa", "x@", "1.", "Aa ", "[", "you are a "]
)  # fmt: skip
runs = st.builds(
    lambda piece, many, end: piece * many + end, PIECES, st.integers(1, 800), st.text(max_size=20)
)
long_texts = st.lists(st.one_of(runs, st.text(max_size=200)), max_size=6).map("".join)


@given(long_texts, long_texts, long_texts)
def test_every_text_is_judged_in_one_printable_line(instruction: str, prompt: str, answer: str):
    behavior = Behavior(name="behavior_any", instruction=instruction)
    problem = Problem(id="p", prompt=prompt, answer=answer)
    refused = refusal(behavior, problem, most_characters=10**6)
    assert refused is None or (refused.isprintable() and len(refused) < 800)


@given(st.text(max_size=300))
def test_a_folded_text_hides_nothing(text: str):
    assert hidden(fold(text)) is None
    assert hidden(fold(f"a{text}\u200bb")) is None


@given(st.integers(4, 10**9), st.sampled_from(["{}", "{:,}", "{}.0", "${}$", "\\frac{{{}}}{{1}}"]))
def test_an_answer_is_refused_however_it_is_written(answer: int, form: str):
    told = f"Stop as soon as the total is {form.format(answer)} and check it."
    problem = Problem(id="p", prompt="How many?", answer=str(answer))
    behavior = Behavior(name="behavior_any", instruction=told)
    assert refusal(behavior) is None
    assert refusal(behavior, problem) is not None
    assert answer in numbers(fold(told))
