"""Prompts go by role: the set of a role's model is chosen, sent, and part of the job's identity."""

from pathlib import Path

import pytest

from redraft.agents import load_prompts
from redraft.core import InputError
from redraft.graphs import RECIPES
from redraft.jobs import Job, Settings, Source, load_job, make_job, solve
from redraft.jobs.job import differences, dump_job, identity
from redraft.testing import Scripted

WRONG = "1. 1 + 1 = 3\nCorrectness of the step: Wrong\nCorrectness of the final answer: Wrong"


def job_of(settings: Settings = Settings(), **names: str) -> Job:
    models = {role: {"model": name} for role, name in names.items()}
    return make_job(Source(path="/p"), RECIPES["critique"], {}, models, settings)


def test_a_job_of_default_prompts_is_named_by_them_alone():
    job = job_of(default="m")
    assert job.prompts == {name: prompt.hash for name, prompt in load_prompts().items()}
    assert job.settings.prompt_sets == {}
    assert not any("prompt_set" in field for field in identity(job))


def test_another_set_for_one_role_is_another_job():
    plain = job_of(default="m", critic="c")
    sets = {"default": "", "critic": "compact"}
    compact = job_of(Settings(prompt_sets=sets), default="m", critic="c")
    assert compact.hash != plain.hash
    hash_ = load_prompts(prompt_set="compact")["critique"].hash
    assert compact.prompts == plain.prompts | {
        name: value for name, value in compact.prompts.items() if name.startswith("critic/")
    }
    assert compact.prompts["critic/critique"] == hash_
    assert f'prompts.critic/critique was not set and is now "{hash_}"' in differences(
        plain, compact
    )


def test_a_users_folder_leaves_no_difference_between_sets(tmp_path: Path):
    (tmp_path / "critique.md").write_text("# user\n{{problem}} {{solution}}\n")
    sets = {"default": "", "critic": "compact"}
    job = job_of(Settings(prompts=str(tmp_path), prompt_sets=sets), default="m")
    assert "critic/critique" not in job.prompts
    assert "critic/verify" in job.prompts


def test_a_shipped_models_set_is_chosen_by_its_name(tmp_path: Path):
    job = job_of(default="m", critic="abacus-4")
    assert job.settings.prompt_sets == {"default": "", "critic": "compact"}
    (tmp_path / "job.toml").write_text(dump_job(job))
    assert load_job(tmp_path / "job.toml") == job
    assert job_of(Settings(prompt_sets={"default": "compact"}), default="abacus-4") == job_of(
        default="abacus-4"
    )


def test_a_set_that_there_is_not_is_named_by_its_role():
    with pytest.raises(InputError, match=r"prompt_sets\.critic: no prompt set 'tiny'; known: "):
        job_of(Settings(prompt_sets={"critic": "tiny"}), default="m")


async def test_each_model_is_asked_in_the_words_of_its_set(tmp_path: Path):
    actor = Scripted(["1. 1 + 1 = 3\n\\boxed{3}", "\\boxed{2}"])
    critic = Scripted([WRONG], name="abacus-4")
    models = {"default": actor, "critic": critic}
    (record,) = await solve(["1 + 1?"], recipe="critique", models=models, out=tmp_path / "run")
    assert record.answer == "2"
    assert [request.messages[0].role for request in actor.requests] == ["system", "system"]
    (asked,) = critic.requests
    assert asked.messages[0].content.endswith("Check each step.")
    assert asked.output_schema is None
    assert WRONG in actor.requests[1].messages[-1].content
    compact = load_prompts(prompt_set="compact")["critique"].hash
    assert record.versions["prompt.critic/critique"] == compact
