"""How a handbook changes: what enters, what is merged, and what evidence does to it."""

import random
from dataclasses import dataclass, field

import pytest

from redraft.core import Behavior, InputError, Problem, StoreError
from redraft.memory.changing import TRIES
from redraft.memory.curator import Candidate, judge, propose, set_status
from redraft.memory.entry import Entry, Provenance, Use
from redraft.memory.folding import MOST_SOURCES
from redraft.memory.judging import Policy
from redraft.memory.merging import Decision
from redraft.memory.store import Conflict

PAIRS = "Look for pairs of numbers that add up to a round number and add these pairs first."
ESTIMATE = "Estimate the result before you calculate it."


@dataclass
class Listed:
    """A store in lists. `rivals` write, one after the other, just before a write of ours."""

    revisions: list[Entry] = field(default_factory=list)
    used: list[tuple[int, Use]] = field(default_factory=list)
    rivals: list[Entry] = field(default_factory=list)
    newest: int = 0
    reads: int = 0
    id: str = "listed"

    async def version(self):
        return self.newest

    async def entries(self, version=None):
        self.reads += 1
        at = self.newest if version is None else version
        last = {one.name: one for one in self.revisions if one.version <= at}
        return [last[name] for name in sorted(last)]

    async def history(self, name):
        return [one for one in self.revisions if one.name == name]

    async def write(self, entries, *, read):
        if self.rivals:
            self.append([self.rivals.pop(0)])
        for name in {one.name for one in entries}:
            if any(one.name == name and one.version > read for one in self.revisions):
                raise Conflict(f"{name} was changed")
        return self.append(entries)

    def append(self, entries):
        self.newest += 1
        self.revisions += [one.model_copy(update={"version": self.newest}) for one in entries]
        return self.newest

    async def add_uses(self, uses):
        self.newest += 1
        self.used += [(self.newest, use) for use in uses]
        return self.newest

    async def uses(self, version=None):
        at = self.newest if version is None else version
        return [use for arrived, use in self.used if arrived <= at]

    async def use_count(self, version=None):
        return len(await self.uses(version))


def behavior(name, instruction):
    return Behavior(name=f"behavior_{name}", instruction=instruction)


def candidate(name="pairs", instruction=PAIRS, source="1", **fields):
    provenance = Provenance(run="run", problem=source, artifact=f"behaviors-{source}")
    return Candidate(behavior=behavior(name, instruction), provenance=provenance, **fields)


def fine(behavior, problem):
    return None


def deciding(*decisions):
    """Decides as told, one decision after the other."""
    rest = list(decisions)

    async def decide(new, entries):
        return rest.pop(0)

    return decide


async def book(**statuses):
    store = Listed()
    store.append(
        [
            Entry(name=f"behavior_{name}", instruction=f"Do {name}.", status=status)
            for name, status in statuses.items()
        ]
    )
    return store


def uses(name, shown, right, *, held=0, right_held=0, cited=0, tokens=100, tokens_held=100):
    """As many uses: the first `cited` of those shown cite, the first `right` are right."""
    both = [(i, True, i < right, i < cited, tokens) for i in range(shown)]
    both += [(shown + i, False, i < right_held, False, tokens_held) for i in range(held)]
    return [
        Use(
            run="run",
            problem=str(number),
            name=f"behavior_{name}",
            shown=seen,
            cited=cites,
            correct=correct,
            input_tokens=50,
            output_tokens=output + number % 3,
        )
        for number, seen, correct, cites, output in both
    ]


async def test_a_new_behavior_enters_as_a_candidate_with_its_provenance():
    store, asked = Listed(), candidate(topic="sums")
    (outcome,) = await propose(store, [asked], refusal=fine)
    (entry,) = await store.entries()
    assert (outcome.name, outcome.did) == ("behavior_pairs", "added")
    assert (entry.instruction, entry.status, entry.topic) == (PAIRS, "candidate", "sums")
    assert entry.provenance == (asked.provenance,)
    assert entry.reason


async def test_what_the_gate_refuses_is_reported_and_not_written():
    problem = Problem(id="1", prompt="What is 6 * 7?", answer="42")
    leaks = candidate(instruction="The answer is 42.", problem=problem)

    def refusal(behavior, problem):
        leak = problem is not None and problem.answer in behavior.instruction
        return "it holds the answer" if leak else None

    store = Listed()
    refused, added = await propose(store, [leaks, candidate(source="2")], refusal=refusal)
    assert (refused.did, refused.reason) == ("refused", "it holds the answer")
    assert added.did == "added"
    assert [one.instruction for one in store.revisions] == [PAIRS]


async def test_near_duplicates_become_one_entry_that_knows_its_sources():
    store = Listed()
    short = PAIRS.replace(" and", ",")
    asked = [candidate(), candidate("tens", short, "2"), candidate("pairs", ESTIMATE, "3")]
    outcomes = await propose(store, asked, refusal=fine)
    assert [(one.name, one.did) for one in outcomes] == [
        ("behavior_pairs", "added"),
        ("behavior_pairs", "merged"),
        ("behavior_pairs_2", "added"),
    ]
    merged, other = await store.entries()
    assert merged.instruction == short
    assert [one.problem for one in merged.provenance] == ["1", "2"]
    assert other.instruction == ESTIMATE
    assert len(await store.history("behavior_pairs")) == 2


async def test_proposing_the_same_again_changes_nothing():
    store = Listed()
    asked = [
        candidate(),
        candidate("estimate", ESTIMATE),
        candidate("tens", PAIRS.replace(" and", ","), "2"),
        candidate("pairs", ESTIMATE, "3"),
        candidate("pairs", "Compare both sides.", "4"),
    ]
    await propose(store, asked, refusal=fine)
    before = list(store.revisions)
    again = await propose(store, asked, refusal=fine)
    assert {one.did for one in again} == {"unchanged"}
    assert store.revisions == before


async def test_an_agent_that_merged_something_is_not_heard_again():
    store = await book(old="candidate")
    merge = Decision(action="merge", into="behavior_old", instruction="Do both.", reason="alike")
    await propose(store, [candidate()], refusal=fine, decide=deciding(merge))
    other = merge.model_copy(update={"instruction": "Do both, twice."})
    (again,) = await propose(store, [candidate()], refusal=fine, decide=deciding(other))
    assert again.did == "unchanged"
    (entry,) = await store.entries()
    assert entry.instruction == "Do both."


async def test_a_thousand_duplicates_cost_a_bounded_number_of_revisions():
    store = Listed()
    asked = [candidate(f"pairs_{i}", PAIRS, str(i)) for i in range(1000)]
    await propose(store, asked, refusal=fine)
    assert store.reads == 1
    (entry,) = await store.entries()
    assert len(store.revisions) == len(entry.provenance) == MOST_SOURCES


@pytest.mark.parametrize("status", ["quarantined", "retired"])
async def test_what_was_put_away_does_not_come_back_under_another_name(status):
    store = Listed()
    store.append([Entry(name="behavior_old", instruction=PAIRS, status=status)])
    await propose(store, [candidate()], refusal=fine)
    (entry,) = await store.entries()
    assert (entry.name, entry.status) == ("behavior_old", status)


async def test_a_decision_is_carried_out():
    store = await book(old="candidate")
    decide = deciding(
        Decision(action="drop", reason="says nothing"),
        Decision(action="add", instruction="Pair up.", reason="reworded"),
        Decision(action="merge", into="behavior_old", reason="alike"),
    )
    asked = [candidate("a", ESTIMATE, "1"), candidate(), candidate("b", "Check.", "3")]
    outcomes = await propose(store, asked, refusal=fine, decide=decide)
    assert [one.did for one in outcomes] == ["dropped", "added", "merged"]
    assert outcomes[0].reason == "says nothing"
    entries = await store.entries()
    assert [one.instruction for one in entries] == ["Do old.", "Pair up."]


async def test_a_decision_that_does_not_fit_gives_way_to_the_rules():
    merge = Decision(action="merge", into="behavior_nowhere", instruction="X", reason="alike")
    (outcome,) = await propose(Listed(), [candidate()], refusal=fine, decide=deciding(merge))
    assert (outcome.name, outcome.did) == ("behavior_pairs", "added")


async def test_reworded_behaviors_pass_the_gate_again():
    def refusal(behavior, problem):
        return "it has a link" if "http" in behavior.instruction else None

    store = await book(old="candidate")
    worse = Decision(
        action="merge", into="behavior_old", instruction="See http://x", reason="alike"
    )
    (outcome,) = await propose(store, [candidate()], refusal=refusal, decide=deciding(worse))
    assert (outcome.did, outcome.reason) == ("refused", "as reworded: it has a link")
    assert [one.instruction for one in await store.entries()] == ["Do old."]


async def test_another_writer_in_between_is_not_overwritten():
    rival = Entry(name="behavior_pairs", instruction=PAIRS, provenance=(Provenance(run="rival"),))
    store = Listed(rivals=[rival])
    (outcome,) = await propose(store, [candidate()], refusal=fine)
    assert outcome.did == "merged"
    (entry,) = await store.entries()
    assert [one.run for one in entry.provenance] == ["rival", "run"]


async def test_what_others_wrote_under_other_names_is_seen_by_the_next_candidate():
    store = Listed(rivals=[Entry(name="behavior_guess", instruction=ESTIMATE)])
    asked = [candidate(), candidate("estimate", ESTIMATE, "2")]
    outcomes = await propose(store, asked, refusal=fine)
    assert [(one.name, one.did) for one in outcomes] == [
        ("behavior_pairs", "added"),
        ("behavior_guess", "merged"),
    ]


async def test_of_two_who_add_the_same_at_once_the_later_one_folds_its_own():
    twin = Entry(name="behavior_twin", instruction=PAIRS, provenance=(Provenance(run="rival"),))
    store = Listed(rivals=[twin])
    (outcome,) = await propose(store, [candidate()], refusal=fine)
    assert (outcome.name, outcome.did) == ("behavior_twin", "merged")
    mine, other = await store.entries()
    assert (mine.status, other.status) == ("retired", "candidate")
    assert mine.reason == "same as behavior_twin (added at the same time)"
    assert [one.run for one in other.provenance] == ["rival", "run"]
    (again,) = await propose(store, [candidate()], refusal=fine)
    assert again.did == "unchanged"


async def test_what_was_added_is_not_put_beside_what_was_there_before():
    other = Entry(name="behavior_guess", instruction=ESTIMATE)
    store, asked = Listed(rivals=[other]), []
    store.append([Entry(name="behavior_old", instruction="Check the units.")])

    async def decide(new, entries):
        asked.append([one.name for one in entries])
        return Decision(action="add", reason="new")

    await propose(store, [candidate()], refusal=fine, decide=decide)
    assert asked == [["behavior_old"], ["behavior_guess"]]


async def test_what_there_is_evidence_of_keeps_its_words_whoever_decides():
    store = await book(old="active")
    merge = Decision(action="merge", into="behavior_old", instruction="Do both.", reason="alike")
    await propose(store, [candidate()], refusal=fine, decide=deciding(merge))
    (entry,) = await store.entries()
    assert (entry.instruction, len(entry.provenance)) == ("Do old.", 1)


async def test_endless_conflicts_end_in_an_error():
    rivals = [
        Entry(name="behavior_pairs", instruction=PAIRS, reason=str(i)) for i in range(TRIES + 1)
    ]
    store = Listed(rivals=rivals)
    with pytest.raises(StoreError, match=f"handbook listed: .*{TRIES} times"):
        await propose(store, [candidate()], refusal=fine)
    assert len(store.rivals) == 1


@pytest.mark.parametrize(
    ("status", "told", "after"),
    [
        ("candidate", uses("x", 8, 6, cited=4), None),
        ("candidate", uses("x", 8, 6, cited=5), "active"),
        ("candidate", uses("x", 8, 4, cited=8), None),
        ("candidate", uses("x", 100, 20, held=20, right_held=16, cited=30), "quarantined"),
        ("active", uses("x", 100, 20, held=20, right_held=16, cited=30), "quarantined"),
        ("active", uses("x", 100, 20, held=9, right_held=9, cited=30), None),
        ("active", uses("x", 100, 80, held=20, right_held=16, cited=9, tokens=120), "quarantined"),
        ("active", uses("x", 100, 95, held=20, right_held=8, cited=9, tokens=120), None),
        ("active", uses("x", 100, 80, held=20, right_held=16, cited=9, tokens=80), None),
        ("active", uses("x", 49, 30), None),
        ("active", uses("x", 50, 30), "retired"),
        ("candidate", uses("x", 50, 30), "retired"),
        ("active", uses("x", 50, 30, cited=1), None),
        ("active", uses("x", 100, 80, held=20, right_held=16, tokens=80), None),
        ("quarantined", uses("x", 50, 50, cited=50), None),
        ("retired", uses("x", 100, 20, held=20, right_held=16, cited=30), None),
    ],
)
async def test_evidence_moves_a_behavior(status, told, after):
    store = await book(x=status, cited="retired")
    await store.add_uses([*told, *uses("cited", 1, 1, cited=1)])
    outcomes = await judge(store)
    assert [(one.name, one.did) for one in outcomes] == ([("behavior_x", after)] if after else [])
    last = (await store.history("behavior_x"))[-1]
    assert last.status == (after or status)
    written = len(store.revisions)
    assert await judge(store) == []
    assert len(store.revisions) == written


async def test_a_behavior_in_new_words_is_judged_by_uses_of_these_words_alone():
    store = await book(x="active")
    (entry,) = store.revisions
    told = [
        use.model_copy(update={"wording": entry.wording})
        for use in uses("x", 100, 20, held=20, right_held=16)
    ]
    await store.add_uses(told)
    await store.write([entry.model_copy(update={"instruction": "Do it well."})], read=2)
    assert await judge(store) == []
    await store.write([entry], read=3)
    assert [one.did for one in await judge(store)] == ["quarantined"]


async def test_a_reason_says_the_figures():
    store = await book(x="active")
    await store.add_uses(uses("x", 100, 20, held=20, right_held=16))
    (outcome,) = await judge(store)
    assert outcome.reason == (
        "fewer right answers with it: 20.0 % right of 100 shown, 80.0 % of 20 held out: "
        "-60.0 points (99 % interval -76.1 to -28.8)"
    )
    assert (await store.history("behavior_x"))[-1].reason == outcome.reason


async def test_where_nothing_is_ever_cited_silence_says_nothing():
    store = await book(x="active")
    await store.add_uses(uses("x", 200, 150))
    assert await judge(store) == []


async def test_thresholds_can_be_set():
    store = await book(x="candidate")
    await store.add_uses(uses("x", 3, 2, cited=2))
    assert await judge(store) == []
    (outcome,) = await judge(store, policy=Policy(cited_right=2))
    assert outcome.did == "active"


async def test_a_judgement_overtaken_by_another_writer_is_made_anew():
    store = await book(x="active", y="active")
    for name in "xy":
        await store.add_uses(uses(name, 100, 20, held=20, right_held=16))
    store.rivals.append(
        Entry(name="behavior_x", instruction="Do x.", status="retired", reason="by hand")
    )
    (outcome,) = await judge(store)
    assert (outcome.name, outcome.did) == ("behavior_y", "quarantined")
    assert [one.status for one in await store.entries()] == ["retired", "quarantined"]


async def test_a_status_is_set_by_hand_with_its_reason():
    store = await book(x="quarantined")
    outcome = await set_status(store, "behavior_x", "active", "it was the model's fault")
    assert (outcome.name, outcome.did) == ("behavior_x", "active")
    assert [(one.status, one.reason) for one in await store.history("behavior_x")] == [
        ("quarantined", ""),
        ("active", "it was the model's fault"),
    ]
    again = await set_status(store, "behavior_x", "active", "again")
    assert again.did == "unchanged"
    assert len(await store.history("behavior_x")) == 2


async def test_an_unknown_name_is_answered_with_near_ones():
    store = await book(pairs="active", estimate="active")
    with pytest.raises(InputError, match=r"'behavior_pair' in this .* mean 'behavior_pairs'"):
        await set_status(store, "behavior_pair", "retired", "no")
    with pytest.raises(InputError, match="handbook list"):
        await set_status(store, "zzz", "retired", "no")


async def test_wrong_rules_are_quarantined_within_500_problems_and_good_ones_stay():
    """Six behaviors, two of them wrong; three a problem; a tenth is held back; five waves."""
    wrong, good = ("w1", "w2"), ("g1", "g2", "g3", "g4")
    store, chance = await book(**dict.fromkeys((*wrong, *good), "candidate")), random.Random(3)
    for wave in range(5):
        live = [one.name for one in await store.entries() if one.status in ("candidate", "active")]
        for problem in range(wave * 100, wave * 100 + 100):
            await store.add_uses(simulated(str(problem), chance.sample(live, 3), chance))
        await judge(store)
    status = {one.name.removeprefix("behavior_"): one.status for one in await store.entries()}
    assert status == {name: "quarantined" if name in wrong else "active" for name in status}
    for name in wrong:
        assert "fewer right answers" in (await store.history(f"behavior_{name}"))[-1].reason


async def test_many_candidates_that_do_harm_together_are_quarantined_together():
    """Each of 300 is shown some six times, which tells nothing about it alone."""
    crowd = [f"c{number}" for number in range(300)]
    store, chance = await book(**dict.fromkeys(crowd, "candidate"), old="active"), random.Random(5)
    for problem in range(500):
        all_held = problem % 5 == 0
        correct = chance.random() < (0.65 if all_held else 0.45)
        # The last of them is among the best of no problem, and the first helps whenever it can.
        names = [*chance.sample(crowd[1:-1], 4), "old"]
        told = [(f"behavior_{name}", correct) for name in names]
        await store.add_uses(one_use(problem, name, right, all_held) for name, right in told)
    helping = [one_use(1000 + n, "behavior_c0", n < 100, False, shown=n < 100) for n in range(150)]
    await store.add_uses(helping)
    moved = await judge(store)
    assert {one.did for one in moved} == {"quarantined"}
    assert "fewer right answers with all candidates: " in moved[0].reason
    live = {one.name for one in await store.entries() if one.status in ("candidate", "active")}
    assert live == {"behavior_c0", "behavior_c299", "behavior_old"}
    assert await judge(store) == []


async def test_candidates_that_may_do_no_harm_stay():
    store, chance = await book(a="candidate", b="candidate"), random.Random(5)
    for problem in range(200):
        correct = chance.random() < 0.6
        await store.add_uses(
            one_use(problem, f"behavior_{name}", correct, problem % 5 == 0) for name in "ab"
        )
    assert await judge(store) == []


def one_use(problem, name, correct, all_held, shown=True):
    return Use(
        run="run",
        problem=str(problem),
        name=name,
        shown=shown and not all_held,
        all_held=all_held,
        cited=False,
        correct=correct,
        input_tokens=50,
        output_tokens=100,
    )


def simulated(problem, names, chance):
    """Right in 80 % of all cases, and in 30 % where a wrong rule was shown."""
    all_held = chance.random() < 0.1
    shown = {name for name in names if not all_held and chance.random() >= 0.1}
    misled = any(name.startswith("behavior_w") for name in shown)
    correct = chance.random() < (0.3 if misled else 0.8)
    output = chance.randrange(80, 120)
    return [
        Use(
            run="run",
            problem=problem,
            name=name,
            shown=name in shown,
            all_held=all_held,
            cited=name in shown and chance.random() < 0.5,
            correct=correct,
            input_tokens=50,
            output_tokens=output,
        )
        for name in names
    ]
