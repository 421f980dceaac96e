"""Prompts are Markdown files that a user's folder overrides."""

import pytest

from redraft.agents import load_prompts, load_prompts_by_role
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


def test_a_set_lies_over_the_default_one_and_a_folder_over_both(tmp_path):
    (tmp_path / "draft.md").write_text("# user\nAnswer: {{problem}}\n")
    own, compact = load_prompts(), load_prompts(prompt_set="compact")
    theirs = load_prompts(tmp_path, "compact")
    assert compact["draft"].fill({"problem": "2+2"})[0].content == "2+2\n\nSolve."
    assert compact["repair"] == own["repair"]
    assert theirs["draft"].fill({"problem": "2+2"})[0].content == "Answer: 2+2"
    assert theirs["critique"] == compact["critique"] != own["critique"]


def test_a_set_that_there_is_not_is_named():
    with pytest.raises(InputError, match="no prompt set 'compct'; known: compact"):
        load_prompts(prompt_set="compct")
    with pytest.raises(InputError, match="no prompt set"):
        load_prompts(prompt_set="..")


def test_each_role_has_the_set_of_its_model():
    prompts = load_prompts_by_role(None, {"critic": "compact"})
    assert prompts == {"default": load_prompts(), "critic": load_prompts(prompt_set="compact")}


def test_a_contract_may_ask_for_lines(tmp_path):
    assert not load_prompts()["critique"].lines
    (tmp_path / "critique.md").write_text("---\nreply: lines\n---\n# user\n{{problem}}\n")
    assert load_prompts(tmp_path)["critique"].lines
    (tmp_path / "critique.md").write_text("---\nspeaks: c\n---\n# user\nreply: yaml {{problem}}\n")
    assert not load_prompts(tmp_path)["critique"].lines
    (tmp_path / "critique.md").write_text("---\nreply: yaml\n---\n# user\n{{problem}}\n")
    with pytest.raises(InputError, match=r"critique\.md: reply: 'yaml' is not known"):
        load_prompts(tmp_path)


def test_prompts_of_one_problem_share_their_beginning():
    prompts = load_prompts()
    names = ("draft", "refine", "rewrite", "revise", "hinted", "behave")
    drafting = {name: prompts[name].turns for name in names}
    assert len({turns[0] for turns in drafting.values()}) == 1
    assert all(turns[1].template.startswith("{{problem}}") for turns in drafting.values())
