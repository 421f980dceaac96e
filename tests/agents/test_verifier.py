"""The verifier's verdict: JSON with a probability, or the line on the final answer."""

import pytest

from redraft.agents import read_verdict
from redraft.core import Choice, OutputError, Problem

PROBLEM = Problem(id="p", prompt="?")


def read(text: str):
    return read_verdict(Choice(content=text), PROBLEM)


def test_json_tells_how_sure_the_verifier_is():
    verdict = read('Well: {"correct": "Wrong", "probability": 0.2, "reason": "6*7 is 42"}')
    assert (verdict.outcome, verdict.score, verdict.comment) == ("failed", 0.2, "6*7 is 42")
    assert verdict.evidence == "model"


@pytest.mark.parametrize(
    ("word", "outcome", "score"), [("Correct", "passed", 1.0), ("wrong.", "failed", 0.0)]
)
def test_the_line_on_the_final_answer_is_a_verdict(word, outcome, score):
    verdict = read(f"1. 48 + 37 = 85\n\\boxed{{85}}\nCorrectness of the final answer: {word}\n")
    assert (verdict.outcome, verdict.score, verdict.evidence) == (outcome, score, "model")
    assert verdict.comment == "1. 48 + 37 = 85\n\\boxed{85}"


def test_a_text_without_a_verdict_is_refused():
    with pytest.raises(OutputError, match="no JSON object"):
        read("Correctness of the step: Correct\nCorrectness of the final answer: Perhaps")
