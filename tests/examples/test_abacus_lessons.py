"""Lessons of Abacus: each fills a prompt that Redraft sends, and teaches a reply that it reads."""

import random
import re
from collections import Counter
from itertools import islice

import pytest
from behaviors import SHORTCUTS
from checking import answer, attempt_steps, first_wrong_step
from lessons import LESSONS, case, compared, critique_of, number
from mixture import talk
from solution import render, shorten, solve, wrong
from story import Level, stories

from redraft.agents import (
    layout,
    load_prompts,
    read_behaviors,
    read_critique,
    read_reflection,
    read_solution,
    read_verdict,
)
from redraft.agents.distiller import read_selection
from redraft.core import Choice, Problem

COMPACT = load_prompts(prompt_set="compact")
SOLVING = (
    "draft",
    "rewrite",
    "revise",
    "refine_summary",
    "refine_attempts",
    "rewrite_analysed",
    "hinted",
    "behave",
)


def lessons(name, count=60):
    """Cases, and the lesson `name` about each."""
    rng = random.Random(name)
    for story in islice(stories("train", 7, Level(detours=0.3)), count):
        told = case(story, rng)
        yield told, LESSONS[name](told)


def read(reader, text):
    return reader(Choice(content=text), Problem(id="p", prompt="How many?"))


def test_every_agents_prompt_has_a_lesson():
    default = load_prompts()
    worded = {name for name in COMPACT if COMPACT[name] != default[name]}
    assert {lesson.prompt for name in LESSONS for _, lesson in lessons(name, 1)} == worded


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_fills_its_prompt(name):
    for told, lesson in lessons(name):
        prompt = COMPACT[lesson.prompt]
        assert {"problem", *lesson.values} == prompt.holes
        filled = prompt.fill({"problem": told.story.text, **lesson.values})
        assert not any("{{" in message.content for message in filled)
        assert lesson.reply.strip() == lesson.reply != ""


@pytest.mark.parametrize("name", SOLVING)
def test_a_solution_that_is_taught_is_right(name):
    for told, lesson in lessons(name):
        assert read(read_solution, lesson.reply).answer == str(told.result)


def test_critiques_are_read_back_as_they_were_meant():
    seen = Counter()
    for told, lesson in lessons("critique", 150):
        bad = first_wrong_step(told.steps, lesson.values["solution"])
        critique = read(read_critique, lesson.reply)
        assert critique.first_error == (bad or -1)
        assert critique.final_correct == (bad is None)
        seen[critique.final_correct] += 1
    assert min(seen[True], seen[False]) > 5


@pytest.mark.parametrize(
    ("last", "given"), [("\\boxed{1}", "1"), ("9. 1 + 1 = 2\n\\boxed{2}", "2"), ("", "none")]
)
def test_a_wrong_end_after_right_steps_is_a_step_of_its_own(last, given):
    story = next(stories("train", 7))
    steps, result = solve(story)
    attempt = render(steps, result).rpartition("\n")[0] + "\n" + last
    critique = read(read_critique, critique_of(case(story, random.Random(0)), attempt))
    assert critique.first_error == len(steps) + 1
    own, place = f"\\boxed{{{result}}}", len(steps) + 1
    less = given if given == "none" else f"{given} = {result - int(given)}"
    quote = f"{place}. \\boxed{{{given}}}; {own}; {result} - {less}"
    assert critique.steps[-1].quote == quote
    assert not critique.final_correct


@pytest.mark.parametrize("name", ["critique", "analyse", "reflect"])
def test_each_step_is_quoted_and_done_again_and_the_results_subtracted(name):
    for told, lesson in lessons(name):
        attempt = lesson.values["solution"]
        given = attempt_steps(attempt)[: len(told.steps)]
        given += ["none"] * (len(told.steps) - len(given)) + [f"\\boxed{{{answer(attempt)}}}"]
        pairs = zip(given, [*told.steps, f"\\boxed{{{told.result}}}"], strict=True)
        lines = [line.split("; ") for line in attempt_steps(lesson.reply)]
        assert [tuple(line[:2]) for line in lines] == list(pairs)[: len(lines)]
        bad = told.first_wrong(attempt)
        for place, (quoted, again, difference) in enumerate(lines, start=1):
            first, second = number_of(again), number_of(quoted)
            expected = (
                f"{first} - none" if second is None else f"{first} - {second} = {first - second}"
            )
            assert difference == expected
            assert place != bad or first != second or quoted != again


def number_of(step):
    """The last number of a step or a box."""
    found = re.findall(r"\d+", step)
    return int(found[-1]) if found else None


def test_a_critique_that_is_revised_by_may_be_mistaken():
    agreed = Counter()
    for told, lesson in lessons("revise", 150):
        bad = first_wrong_step(told.steps, lesson.values["solution"])
        critique = read(read_critique, lesson.values["critique"])
        agreed[critique.first_error == (bad or -1)] += 1
    assert min(agreed[True], agreed[False]) > 15


def test_verdicts_are_read_back_as_they_were_meant():
    seen = set()
    for told, lesson in lessons("verify"):
        verdict = read(read_verdict, lesson.reply)
        right = answer(lesson.values["solution"]) == str(told.result)
        assert verdict.outcome == ("passed" if right else "failed")
        assert attempt_steps(verdict.comment) == list(told.steps)
        given = int(answer(lesson.values["solution"]))
        difference = f"Answer {told.result} - {given} = {told.result - given}"
        assert verdict.comment.endswith(f"\n{difference}")
        seen.add(right)
    assert seen == {True, False}


def test_a_choice_takes_right_attempts_before_wrong_ones():
    for told, lesson in lessons("select"):
        best = read(read_selection, lesson.reply).best
        shown = lesson.values["solutions"].split("\n\n")
        right = [told.first_wrong(text.partition("\n")[2]) is None for text in shown]
        chosen = [right[place] for place in best]
        assert len(best) == len(set(best)) == int(lesson.values["k"])
        assert chosen == sorted(chosen, reverse=True)
        assert sum(chosen) == min(sum(right), len(best))


def test_attempts_are_laid_out_as_redraft_does():
    texts = ["1. 1 + 1 = 2\n\\boxed{2}", "\\boxed{3}"]
    assert number(texts) == layout.number(texts)


def test_a_summary_holds_what_most_attempts_share():
    right = "1. 1 + 1 = 2\n2. 2 + 2 = 4\n\\boxed{4}"
    assert compared([right, "1. 1 + 1 = 3\n\\boxed{3}", right, "no"]) == (
        "1. 1 + 1 = 2 or 1 + 1 = 3\n2. 2 + 2 = 4\nAnswers: 4, 3, 4, none"
    )
    assert compared(["no", "none"]) == "Answers: none, none"


def test_an_analysis_ends_with_the_first_wrong_step():
    for told, lesson in lessons("analyse"):
        bad = told.first_wrong(lesson.values["solution"])
        expected = "None" if bad is None else f"Step {bad} is wrong."
        assert lesson.reply.rpartition("\n")[2] == expected


def test_a_hint_points_at_a_step_without_doing_it():
    for told, lesson in lessons("hint"):
        shown = lesson.values["solutions"].split("\n\n")
        places = [told.first_wrong(text.partition("\n")[2]) for text in shown]
        first = min((place for place in places if place is not None), default=None)
        if first is None:
            assert lesson.reply == "Check every calculation."
        elif first > len(told.steps):
            assert lesson.reply == "Check the last line."
        else:
            assert lesson.reply.startswith(f"Look again at step {first}, ")
            assert "=" not in lesson.reply


def test_a_reflection_says_whether_it_is_right_and_what_it_missed():
    for told, lesson in lessons("reflect"):
        first, last = read(read_reflection, lesson.reply).text.splitlines()[-2:]
        bad = told.first_wrong(lesson.values["solution"])
        assert first == ("The answer is right." if bad is None else f"Step {bad} is wrong.")
        missed = shorten(told.story, SHORTCUTS)[2]
        assert last == f"Missing: {', '.join(missed) or 'none'}"


def test_extracted_behaviors_are_those_that_would_have_helped():
    counts = set()
    for told, lesson in lessons("extract"):
        items = read(read_behaviors, lesson.reply).items
        assert [item.name for item in items] == shorten(told.story, SHORTCUTS)[2]
        assert all(item.instruction in SHORTCUTS[item.name] for item in items)
        counts.add(len(items))
    assert {1, 2, 3} <= counts


def test_a_solution_by_behaviors_follows_those_that_help_and_no_other():
    cited = Counter()
    for told, lesson in lessons("behave"):
        listed = [item.name for item in read(read_behaviors, lesson.values["behaviors"]).items]
        assert len(set(listed)) == len(listed)
        first = {}
        for name in listed:
            first.setdefault(name.removesuffix("_2").removesuffix("_3"), name)
        steps, result, used = shorten(told.story, first)
        assert lesson.reply == render(steps, result, using=[first[name] for name in used])
        cited.update(used)
        cited["useless"] += bool(first.keys() - SHORTCUTS.keys())
        cited["again"] += len(listed) > len(first)
        cited["in vain"] += not used
    assert cited.keys() == {*SHORTCUTS, "useless", "again", "in vain"}
    assert min(cited.values()) > 0


def test_attempts_of_a_models_own_are_what_a_lesson_shows():
    rng = random.Random(0)
    for story in islice(stories("train", 9), 20):
        own = wrong(story, rng)
        turns, reply = talk(rng, "rewrite", story, [own])
        assert own in turns[-1][1]
        assert reply == render(*solve(story))


@pytest.mark.parametrize("name", LESSONS)
def test_a_talk_ends_with_the_users_turn(name):
    story = next(stories("train", 11))
    turns, _ = talk(random.Random(0), name, story, ())
    roles = [role for role, _ in turns]
    assert roles == ["user", "assistant", "user"][-len(roles) :]
    assert story.text in turns[0][1]
