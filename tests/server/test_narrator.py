"""The story of a run: readable, bounded, and harmless as Markdown."""

import re
from typing import get_args

import pytest

from redraft.core import (
    CANCELLED,
    Analysis,
    AnyArtifact,
    ArtifactMade,
    Behavior,
    Behaviors,
    CallFinished,
    CallStarted,
    Critique,
    Example,
    Examples,
    Explanation,
    Hint,
    Labels,
    Merging,
    NodeStarted,
    Origin,
    Recalled,
    Recurrence,
    Reflection,
    Selection,
    Solution,
    Step,
    Team,
    Usage,
    Verdict,
    Workspace,
)
from redraft.server.narrator import Narrator
from redraft.server.prose import quoted

ACTOR, CRITIC = Origin(role="actor"), Origin(role="critic")
HOSTILE = "# Title\n```python\nx\n```\n<think>[a](http://b) **bold** | ~~~\n" + "long " * 500
WRONG = Step(index=2, quote=HOSTILE, correct=False, comment=HOSTILE)
EVERY = [
    Solution(text=HOSTILE, answer=HOSTILE),
    Critique(steps=(WRONG,), first_error=2, final_correct=False, text=HOSTILE),
    Verdict(outcome="failed", comment=HOSTILE),
    Workspace(text=HOSTILE),
    Hint(text=HOSTILE),
    Analysis(text=HOSTILE),
    Selection(best=(0, 2)),
    Reflection(text=HOSTILE),
    Explanation(error="logical", text=HOSTILE),
    Behaviors(items=(Behavior(name=HOSTILE, instruction=HOSTILE),)),
    Merging(action="keep"),
    Recalled(version="1", shown=(Behavior(name=HOSTILE, instruction=HOSTILE),)),
    Examples(shown=(Example(key="k", problem=HOSTILE, solution=HOSTILE),)),
    Labels(names=(HOSTILE,)),
    Recurrence(mistake=0, text=HOSTILE),
    Team(roles=(HOSTILE, "a sceptic")),
]


def told(*artifacts):
    narrator = Narrator()
    story = "".join(narrator.hear(ArtifactMade("p", artifact)) for artifact in artifacts)
    return story + narrator.rest()


def test_every_kind_of_artifact_is_tried_here():
    kinds = get_args(get_args(AnyArtifact)[0])
    assert {type(one) for one in EVERY} == set(kinds)


@pytest.mark.parametrize("artifact", EVERY, ids=lambda one: one.kind)
def test_what_a_model_says_is_short_and_opens_nothing_in_markdown(artifact):
    story = told(artifact)
    assert len(story) < 1000
    assert bool(story) == (artifact.kind != "merging")
    assert story.count("\n") in (0, 2)
    assert not re.search(r"(?<!\\)[`*<\[|~#]", story)


def test_the_story_of_a_round():
    right = [Solution(text="a", answer="42")] * 3
    step = Step(index=2, quote="so 6 x 7 = 48", correct=False, comment="It is 42")
    fine = Critique(final_correct=True)
    narrator = Narrator()
    events = [
        NodeStarted("p", "draft"),
        CallStarted(ACTOR, 4),
        *(ArtifactMade("p", one) for one in (*right, Solution(text="b", usage=Usage(output=1200)))),
        NodeStarted("p", "criticise"),
        ArtifactMade("p", Critique(steps=(step,), first_error=2, final_correct=False)),
        ArtifactMade("p", fine),
        ArtifactMade("p", fine),
        NodeStarted("p", "tally"),
        ArtifactMade("p", Solution(agent="vote", text="a", answer="42")),
        NodeStarted("p", "nothing to tell"),
    ]
    assert "".join(map(narrator.hear, events)) == (
        "**draft**\n\n"
        "4 drafts: 3 answer 42, 1 without an answer; 1,200 tokens.\n\n"
        "**criticise**\n\n"
        "The critic finds the first error in step 2 (“so 6 x 7 = 48”): “It is 42”\n\n"
        "The critic finds no error (2 times).\n\n"
        "**tally**\n\n"
        "The vote goes to 42.\n\n"
    )
    assert narrator.rest() == ""


def test_a_node_is_named_as_soon_as_a_call_of_it_begins():
    narrator = Narrator()
    assert narrator.hear(NodeStarted("p", "draft")) == ""
    assert narrator.hear(CallStarted(ACTOR)) == "**draft**\n\n"
    assert narrator.hear(CallStarted(ACTOR)) == ""


def test_what_is_under_way_is_told_at_longer_and_longer_intervals_and_then_no_more():
    now = 100.0
    narrator = Narrator(clock=lambda: now)
    narrator.hear(CallStarted(ACTOR, 8))
    told = {}
    for second in range(601):
        now = 100.0 + second
        if second == 70:
            narrator.hear(CallFinished(ACTOR, Usage(), 1.0, False, n=3))
            narrator.hear(CallStarted(CRITIC))
        story = narrator.wait()
        if story:
            told[second] = story.strip()
    assert told == {
        2: "8 drafts under way.",
        15: "8 drafts under way for 15 s.",
        30: "8 drafts under way for 30 s.",
        60: "8 drafts under way for 1 minute.",
        120: "5 drafts and one critique under way for 2 minutes, 3 drafts done.",
        240: "5 drafts and one critique under way for 4 minutes, 3 drafts done.",
        480: "5 drafts and one critique under way for 8 minutes, 3 drafts done.",
    }
    narrator.hear(CallFinished(ACTOR, Usage(), 1.0, False, n=5))
    narrator.hear(CallFinished(CRITIC, Usage(), 1.0, False))
    now += 600
    assert narrator.wait() == ""


def test_the_next_call_of_a_node_is_no_news_and_that_of_another_node_is():
    now = 0.0
    narrator = Narrator(clock=lambda: now)
    told = []
    for node in ("plan", "", "draft"):
        if node:
            narrator.hear(NodeStarted("p", node))
        narrator.hear(CallStarted(ACTOR))
        now += 3
        told.append(narrator.wait())
        narrator.hear(CallFinished(ACTOR, Usage(), 3.0, False))
    assert told == ["One draft under way.\n\n", "", "One draft under way.\n\n"]


def test_a_call_that_fails_is_told_and_one_that_is_given_up_is_not():
    narrator = Narrator()
    narrator.hear(CallStarted(ACTOR, 8))
    failed = CallFinished(ACTOR, Usage(), 1.0, False, "http://a/v1: HTTP 503", n=8)
    assert narrator.hear(failed) == "8 drafts failed: “http://a/v1: HTTP 503”\n\n"
    assert narrator.hear(CallFinished(ACTOR, Usage(), 1.0, False, CANCELLED)) == ""


def test_drafts_say_which_behaviors_they_name():
    shown = (Behavior(name="behavior_halve", instruction="x"),)
    drafts = [Solution(text=text, answer="1") for text in ("by behavior_halve", "so", "so")]
    assert told(Recalled(version="1", shown=shown), *drafts) == (
        "From the handbook: behavior\\_halve.\n\n"
        "3 drafts: all answer 1. Behaviors named in them: behavior\\_halve (1).\n\n"
    )


def test_a_handbook_that_is_empty_or_kept_shut_is_told():
    held = (Behavior(name="behavior_halve", instruction="x"),)
    assert told(Recalled(version="1")) == "The handbook has nothing for this.\n\n"
    assert "stays closed, by chance" in told(Recalled(version="1", held=held))


def test_drafts_without_answers_are_not_counted_as_agreeing():
    drafts = [Solution(text="a"), Solution(text="b")]
    assert told(*drafts) == "2 drafts: none gives an answer to compare.\n\n"


def test_a_long_story_ends_once():
    narrator = Narrator(most=100)
    pieces = []
    for _ in range(100):
        narrator.hear(NodeStarted("p", "draft"))
        pieces.append(narrator.hear(CallStarted(ACTOR)))
    assert "".join(pieces).endswith("More happened than is told here.\n\n")
    assert len("".join(pieces)) < 150
    assert pieces[-1] == ""


def test_many_names_are_counted():
    names = tuple(f"skill {number}" for number in range(12))
    assert told(Labels(names=names)).endswith("skill 7 and 4 more.\n\n")


def test_a_quote_ends_after_its_length():
    assert quoted("a b " * 100, 5) == "a b a…"
