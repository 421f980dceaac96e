"""The tables of recipes and knobs say what the code says."""

import re
from pathlib import Path

import pytest

from redraft.graphs import RECIPES

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|([^|]*)\|", re.MULTILINE)


def shown(value: object) -> str:
    """A default as the command line would take it."""
    if isinstance(value, tuple | list):
        return ",".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


@pytest.mark.parametrize("name", RECIPES)
def test_the_knobs_of_a_recipe_and_their_defaults(name: str):
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/recipes.md has no section '## {name}'"
    written = {knob: default.strip(" `") for knob, default, _ in ROW.findall(section[1])}
    fields = RECIPES[name].knobs.model_fields
    assert written == {knob: shown(field.default) for knob, field in fields.items()}


def test_the_readme_lists_every_recipe():
    names = [name for name, *_ in ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))]
    assert [name for name in names if name in RECIPES] == list(RECIPES)
