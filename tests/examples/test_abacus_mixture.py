"""The stream of lessons: the same for the same arguments, short enough, and taught at its end."""

import mixture
import pytest
from checking import answer
from lessons import LESSONS
from mixture import BLOCK, EASY, HARD, LONGEST, SHARES, Mixture, padded
from solution import solve
from story import stories
from tokens import CONTEXT, END, ROLES, mark_id

STEPS = 1000
LATE = 800


@pytest.fixture
def mixed(tokenizer):
    """Makes small mixtures."""
    return lambda seed=1, drafts=(): Mixture(tokenizer, seed, tokens=4096, drafts=drafts)


def texts(tokenizer, groups):
    """Prompt and reply of every example."""
    for group in groups:
        for each in group:
            parts = (each.ids[: each.begin], each.ids[each.begin :])
            yield tuple(tokenizer.decode(part, skip_special_tokens=False) for part in parts)


def test_every_lesson_has_a_share():
    assert SHARES.keys() == LESSONS.keys()


def test_the_same_step_brings_the_same_batch(mixed):
    assert mixed().batch(LATE, STEPS) == mixed().batch(LATE, STEPS)
    assert mixed().batch(LATE, STEPS) != mixed(seed=2).batch(LATE, STEPS)
    assert mixed().batch(LATE, STEPS) != mixed().batch(LATE + 1, STEPS)


def test_groups_are_short_enough_and_not_too_large(mixed):
    lessons = mixed()
    assert LONGEST <= CONTEXT
    for step in (0, LATE):
        for group in lessons.batch(step, STEPS):
            longest = max(len(each.ids) for each in group)
            assert longest <= LONGEST
            assert len(group) == 1 or len(group) * padded(longest) <= lessons.tokens // 2


def test_what_is_too_long_is_left_out(mixed, monkeypatch):
    monkeypatch.setattr(mixture, "LONGEST", 150)
    groups = mixed().batch(LATE, STEPS)
    assert groups
    assert max(len(each.ids) for group in groups for each in group) <= 150


def test_the_assistants_last_turn_is_taught(mixed):
    assistant, end = mark_id(ROLES[-1]), mark_id(END)
    for group in mixed().batch(LATE, STEPS):
        for each in group:
            assert each.ids[each.begin - 1] == assistant
            taught = each.ids[each.begin :]
            assert taught[-1] == end
            assert taught.count(end) == 1
            assert not set(taught) & set(map(mark_id, ROLES))


def test_solving_comes_first_and_other_roles_later(mixed, tokenizer):
    def asked(first):
        lessons = mixed()
        groups = [group for i in range(BLOCK) for group in lessons.batch(first + i, STEPS)]
        prompts = [prompt for prompt, _ in texts(tokenizer, groups)]
        return {prompt.removesuffix("<|end|><|assistant|>").rsplit("\n")[-1] for prompt in prompts}

    assert asked(0) == {"Solve."}
    assert {"Solve.", "Solve again.", "Check each step."} < asked(LATE)


def test_drafts_of_a_models_own_are_shown_and_right_solutions_taught(mixed, tokenizer):
    story = next(stories("train", 3))
    own = "1. 777 + 1 = 778\n\\boxed{778}"
    lessons = mixed(drafts=[(story, [own])])
    shown = [
        reply
        for step in range(LATE, LATE + BLOCK)
        for prompt, reply in texts(tokenizer, lessons.batch(step, STEPS))
        if own in prompt and "Solve again." in prompt
    ]
    assert shown
    assert {answer(reply) for reply in shown} == {str(solve(story)[1])}


@pytest.mark.parametrize("levels", [EASY, HARD])
def test_training_stories_are_drawn_at_the_levels_given(tokenizer, monkeypatch, levels):
    drawn = set()
    draw = mixture.draw

    def watched(rng, level, split):
        drawn.add((split, level.reach, level.limit))
        return draw(rng, level, split)

    monkeypatch.setattr(mixture, "draw", watched)
    Mixture(tokenizer, 5, levels, tokens=4096).batch(LATE, STEPS)
    assert drawn == {("train", level.reach, level.limit) for level in levels}


@pytest.mark.parametrize("length", [2, 33, 34, 320, 321, 400, LONGEST])
def test_padding_leaves_few_lengths(length):
    size = padded(length)
    assert length - 1 <= size < length + 63
    assert size % (32 if length <= 320 else 64) == 0
