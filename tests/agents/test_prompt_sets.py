"""A prompt set words the prompts that its model was trained on, with the holes of the default."""

import importlib
import pkgutil

import pytest

import redraft.agents
from redraft.agents import Agent, load_prompts, prompt_sets

AGENTS = {
    value.prompt: value
    for info in pkgutil.iter_modules(redraft.agents.__path__, "redraft.agents.")
    for value in vars(importlib.import_module(info.name)).values()
    if isinstance(value, Agent)
}
SERVICE = {"repair", "force", "continue"}
UNTRAINED = {
    "explain",
    "guided",
    "question_skills",
    "merge",
    "missing_skills",
    "recognise",
    "rethink",
    "recruit",
    "reminisce",
    "expert",
    "expert_recalling",
    "expert_board",
}
"""Prompts that Abacus was not trained on: it is asked in the default words."""


def test_every_default_prompt_is_some_agents():
    assert load_prompts().keys() == AGENTS.keys() | SERVICE


@pytest.mark.parametrize("prompt_set", prompt_sets())
def test_a_set_words_every_agents_prompt_with_its_holes(prompt_set: str):
    default, prompts = load_prompts(), load_prompts(prompt_set=prompt_set)
    own = {name for name in prompts if prompts[name] != default[name]}
    assert own >= AGENTS.keys() - UNTRAINED
    assert {name: prompts[name].holes for name in AGENTS} == {
        name: default[name].holes for name in AGENTS
    }


def test_the_compact_set_asks_for_judgements_in_lines():
    prompts = load_prompts(prompt_set="compact")
    assert {name for name, prompt in prompts.items() if prompt.lines} == {"critique", "verify"}
