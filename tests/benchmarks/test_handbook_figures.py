"""What runs with a handbook came to, problem by problem against the same without."""

from collections import Counter

import pytest
from handbook_on_abacus.books import entered, plain
from handbook_on_abacus.improving import BASE, CELLS, sum_up
from handbook_on_abacus.summing import Spent, against, figures, rate, spent
from recipes_on_abacus.outcomes import Outcome
from recipes_on_abacus.running import Run

from redraft import Problem, Settings, solve
from redraft.core import Behavior
from redraft.memory import Outcome as Taken
from redraft.memory import SqliteStore, propose, refusal
from redraft.memory.curator import Candidate
from redraft.testing import Scripted


def one(problem, right, output, input_=100, shown=(), cited=0):
    return Spent(problem, right, output, input_, Counter(shown), cited)


def seed(*all_spent):
    return {each.problem: each for each in all_spent}


def test_a_difference_is_taken_problem_by_problem_and_seed_by_seed():
    with_, without = (
        [
            seed(one("a", True, 20, 150), one("b", False, 5, 150)),
            seed(one("a", True, 30, 150), one("b", True, 40, 150)),
        ],
        [
            seed(one("a", True, 30), one("b", True, 50)),
            seed(one("a", False, 10), one("b", True, 50)),
        ],
    )
    made = against(with_, without)
    # a: +0 and +1, b: -1 and +0
    assert made.right.value == 0
    assert (made.right.low, made.right.high) == (-0.5, 0.5)
    assert made.output.value == pytest.approx(((-10 + 20) / 2 + (-45 - 10) / 2) / 2)
    assert made.input.value == made.input.low == 50
    # Both right: a at the first seed, b at the second.
    assert made.output_right.value == -10
    assert made.output_right.low == made.output_right.high == -10


def test_nothing_is_said_of_both_right_where_nothing_was():
    assert against([seed(one("a", False, 1))], [seed(one("a", True, 1))]).output_right is None


def test_what_was_shown_is_told_by_kind():
    seeds = [seed(one("a", True, 10, shown=["good", "good", "bad"], cited=1), one("b", True, 10))]
    made = figures("poisoned", 500, seeds, None)
    assert made.shown == 1.5
    assert made.cited == pytest.approx(1 / 3)
    assert made.kinds == {"good": pytest.approx(2 / 3), "bad": pytest.approx(1 / 3)}
    assert (made.right.value, made.by_seed, made.against) == (1.0, (1.0,), None)


def test_an_interval_does_not_hang_on_the_order_in_which_problems_finished():
    values = {"a": 0.0, "b": 1.0, "c": 1.0}
    assert rate(values) == rate(dict(reversed(values.items())))


async def test_tokens_and_behaviors_are_read_off_records(tmp_path):
    book = tmp_path / "book.db"
    join = Behavior(name="behavior_join", instruction="Write two additions as one step.")
    async with SqliteStore.open(book) as store:
        await propose(store, [Candidate(behavior=join)], refusal=refusal)
    problem = Problem(id="p", prompt="What is 1 + 2 + 3?", answer="6")
    results = await solve(
        [problem],
        models=Scripted(["Using behavior_join. \\boxed{6}"]),
        recipe="behaviors",
        knobs={"hold": 0, "by": "worth"},
        settings=Settings(handbook=str(book)),
    )
    run = Run(results, [], None)
    found = spent(run, {problem.key}, {join.instruction: "good"}.__getitem__)[problem.key]
    (record,) = results
    assert (found.right, found.cited, found.shown) == (True, 1, Counter(good=1))
    assert found.input + found.output == record.b_total
    assert 0 < found.output < found.input
    assert spent(run, set(), str) == {}


def test_outcomes_are_counted_by_kind_and_reasons_without_what_was_found():
    told = [
        ("leak", Taken(name="a", did="refused", reason="it holds 176, the answer of its problem")),
        ("leak", Taken(name="b", did="refused", reason="it holds 12, the answer of its problem")),
        ("good", Taken(name="c", did="added", reason="new")),
    ]
    made = entered(told, 1.5)
    assert made.did == {"leak": {"refused": 2}, "good": {"added": 1}}
    assert made.refused == {"leak": {"it holds the answer of its problem": 2}}


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("its text holds a link: 'www.'", "its text holds a link"),
        ("it holds '1,000', a number of its problem", "it holds a number of its problem"),
        ("its instruction is empty", "its instruction is empty"),
    ],
)
def test_a_reason_is_told_without_its_text(reason, shown):
    assert plain(reason) == shown


def outcomes(right, b_total):
    return [Outcome(str(n), n < right, None, b_total, b_total, ()) for n in range(40)]


def test_self_improvement_is_compared_at_its_own_budget():
    came = {
        "single": (20, 100),
        "critique-always-1": (24, 900),
        "critique-always-2": (28, 1700),
        "self-improve-1": (30, 1300),
        "self-improve-4": (30, 1800),
    }
    runs = {name: [Run(None, outcomes(*each), None)] for name, each in came.items()}
    rows, (at_one, at_four) = sum_up(runs)
    assert [row.name for row in rows] == [BASE.name, *(cell.name for cell in CELLS)]
    assert [row.b_total for row in rows] == [came[row.name][1] for row in rows]
    assert at_one.baseline == pytest.approx(0.65)
    assert at_one.difference.value == pytest.approx(0.1)
    assert (at_one.relation, at_four.relation) == ("above", "out of range")


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_cell_is_a_graph(cell):
    assert cell.recipe.build(cell.recipe.parse(cell.knobs))
