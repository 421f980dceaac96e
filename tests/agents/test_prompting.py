"""Prompts are Markdown files that a user's folder overrides."""

import pytest

from redraft.agents import load_prompts
from redraft.core import InputError


def test_every_prompt_has_a_contract_that_is_not_sent():
    for prompt in load_prompts().values():
        assert prompt.turns
        assert all("speaks:" not in turn.template for turn in prompt.turns)


def test_a_folder_overrides_one_prompt_and_changes_its_hash(tmp_path):
    (tmp_path / "draft.md").write_text("# user\nAnswer: {{problem}}\n")
    own, theirs = load_prompts(), load_prompts(tmp_path)
    assert theirs["draft"].fill({"problem": "2+2"})[0].content == "Answer: 2+2"
    assert theirs["draft"].hash != own["draft"].hash
    assert theirs["critique"] == own["critique"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Just text {{problem}}", r"draft\.md: a prompt needs sections"),
        (
            "# user\n{{problme}}",
            r"draft\.md: unknown hole \{\{problme\}\} \(this prompt has: problem\)",
        ),
    ],
)
def test_a_broken_prompt_file_is_named(tmp_path, text, words):
    (tmp_path / "draft.md").write_text(text)
    with pytest.raises(InputError, match=words):
        load_prompts(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        load_prompts(tmp_path / "none")


def test_prompts_of_one_problem_share_their_beginning():
    prompts = load_prompts()
    drafting = {
        name: prompts[name].turns for name in ("draft", "refine", "rewrite", "revise", "hinted")
    }
    assert len({turns[0] for turns in drafting.values()}) == 1
    assert all(turns[1].template.startswith("{{problem}}") for turns in drafting.values())
