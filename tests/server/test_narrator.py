"""The story of a run: readable, bounded, and harmless as Markdown."""

import re
from typing import get_args

import pytest

from redraft.core import (
    Analysis,
    AnyArtifact,
    ArtifactMade,
    Behavior,
    Behaviors,
    Critique,
    Example,
    Examples,
    Explanation,
    Hint,
    Labels,
    Merging,
    NodeStarted,
    Recalled,
    Recurrence,
    Reflection,
    Selection,
    Solution,
    Step,
    Team,
    Verdict,
    Workspace,
)
from redraft.server.narrator import Narrator, quoted

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
    return story + narrator.drafts()


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
    narrator = Narrator()
    events = [
        NodeStarted("p", "draft"),
        *(ArtifactMade("p", one) for one in (*right, Solution(text="b"))),
        NodeStarted("p", "criticise"),
        ArtifactMade("p", Critique(steps=(step,), first_error=2, final_correct=False)),
        ArtifactMade("p", Critique(final_correct=True)),
    ]
    assert "".join(map(narrator.hear, events)) == (
        "**draft**\n\n"
        "4 drafts: 3 answer 42, 1 without an answer.\n\n"
        "**criticise**\n\n"
        "The critic finds the first error in step 2 (“so 6 x 7 = 48”): “It is 42”.\n\n"
        "The critic finds no error.\n\n"
    )


def test_a_long_story_ends_once():
    narrator = Narrator(most=100)
    pieces = [narrator.hear(NodeStarted("p", "draft")) for _ in range(100)]
    assert "".join(pieces).endswith("More happened than is told here.\n\n")
    assert len("".join(pieces)) < 150
    assert pieces[-1] == ""


def test_many_names_are_counted():
    names = tuple(f"skill {number}" for number in range(12))
    assert told(Labels(names=names)).endswith("skill 7 and 4 more.\n\n")


def test_a_quote_ends_after_its_length():
    assert quoted("a b " * 100, 5) == "a b a…"
