"""What a run's summary counts, and how it reads."""

import pytest

from redraft.core import Failure, Record, Usage
from redraft.jobs import Summary, Tally, render


def record(i: int, **fields: object) -> Record:
    given = {"id": str(i), "key": str(i), "recipe": "pdr", **fields}
    return Record.model_validate(given)


def summed(*records: Record) -> Summary:
    tally = Tally()
    for one in records:
        tally.add(one)
    return tally.summary()


def test_right_wrong_undecided_and_none():
    summary = summed(
        record(1, gold="1", answer="1", correct=True),
        record(2, gold="1", answer="2", correct=False),
        record(3, gold="1", answer="x", correct=None),
        record(4, gold="1", correct=False),
        record(5, answer="7"),
    )
    assert (summary.problems, summary.graded, summary.correct) == (5, 4, 1)
    assert (summary.undecided, summary.no_answer) == (1, 1)
    assert summary.accuracy
    assert summary.accuracy.value == 0.25
    assert summary.accuracy.low < 0.25 < summary.accuracy.high
    text = render(summary)
    assert "25.0%" in text
    assert "1 of 4" in text


def test_costs_are_added_by_agent():
    summary = summed(
        record(1, calls=2, b_seq=5, b_total=9, usage={"actor": Usage(input=1, output=2)}),
        record(
            2,
            calls=1,
            b_seq=7,
            b_total=20,
            usage={
                "actor": Usage(input=10, output=20, reasoning=5, estimated=True),
                "critic": Usage(input=100, cached=50),
            },
        ),
    )
    assert summary.calls == 3
    assert summary.usage == {
        "actor": Usage(input=11, output=22, reasoning=5, estimated=True),
        "critic": Usage(input=100, cached=50),
    }
    assert (summary.b_seq.median, summary.b_seq.p95) == (5, 7)
    assert (summary.b_total.median, summary.b_total.p95) == (9, 20)
    assert summary.tokens.total == 133


def test_trouble_and_tallies_are_counted():
    failed = Failure(kind="model", message="x")
    summary = summed(
        record(1, stopped_by="calls", failures=(failed, failed), counts={"right_to_wrong": 1}),
        record(2, failures=(Failure(kind="output", message="x"),), counts={"right_to_wrong": 2}),
    )
    assert summary.failures == {"model": 2, "output": 1}
    assert summary.stopped_by == {"calls": 1, "done": 1}
    assert summary.counts == {"right_to_wrong": 3}
    text = render(summary)
    assert "model 2, output 1" in text
    assert "right_to_wrong 3" in text


def test_pass_at_k_goes_only_as_far_as_every_problem():
    def voted(i: int, right: int, of: int) -> Record:
        grades = [j < right for j in range(of)]
        answers = [str(int(grade)) for grade in grades]
        return record(i, gold="1", correct=False, candidates=answers, candidates_correct=grades)

    summary = summed(voted(1, 1, 8), voted(2, 2, 4), record(3, gold="1", correct=True))
    assert summary.voted == 2
    assert list(summary.pass_at) == [1, 2, 4]
    assert summary.pass_at[1] == pytest.approx((1 / 8 + 2 / 4) / 2)
    assert summary.vote
    assert summary.vote.value == 0.5


@pytest.mark.parametrize(
    ("knobs", "marked"), [({"gate": "oracle"}, True), ({"gate": "all"}, False)]
)
def test_the_oracle_is_marked(knobs, marked):
    summary = summed(record(1, knobs=knobs), record(2))
    assert summary.oracle is marked
    assert ("ORACLE" in render(summary)) is marked


def test_nothing_at_all_can_be_rendered():
    text = render(Summary())
    assert "no gold answers" in text
    assert "not all of the file" in text


def test_a_summary_survives_its_file():
    summary = summed(
        record(1, gold="1", correct=True, candidates=["1", "2"], candidates_correct=[True, False])
    )
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
