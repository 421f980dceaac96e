"""`[serve]` of redraft.toml: what it says, and each mistake as one line with file and key."""

import pytest

from redraft.core import Budget, InputError
from redraft.models import load_catalog
from redraft.server import Key, Offer, digest, load_serving

MODEL = '[models.one]\nendpoint = "http://127.0.0.1:1/v1"\nmodel = "m"\n'
HASH = digest("a key")


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "redraft.toml"

    def load(text, *, handbook=False, threads=False):
        path.write_text(MODEL + text, encoding="utf-8")
        load_catalog(path)
        roles = ["default", "critic"]
        given = {"handbook": handbook, "threads": threads}
        return load_serving(path.relative_to(tmp_path), roles, **given)

    return load


def test_a_file_without_the_table_leaves_all_as_it_is(load):
    serving = load("")
    assert (serving.offers, serving.recipes, serving.keys) == ((), None, ())


def test_everything_that_it_can_say_is_read(load):
    serving = load(
        f"""
[serve]
recipes = ["pdr", "vote"]
origins = ["http://localhost:3000", "tauri://localhost"]
grace = 5
host = "0.0.0.0"
port = 9000

[serve.models.pdr-high]
recipe = "pdr"
set = {{ widths = [16, 8] }}
budget = {{ total_tokens = 100000 }}
description = "Sixteen drafts, then eight"

[serve.models.judge]
role = "critic"

[serve.keys.alice]
sha256 = "{HASH}"
active = 2
batch = true

[serve.limits]
active = 3
queue = 4
key_active = 2
messages = 10

[serve.log]
file = "requests.jsonl"
prompts = true
"""
    )
    high, judge = serving.offers
    assert high == Offer(
        name="pdr-high",
        description="Sixteen drafts, then eight",
        recipe="pdr",
        knobs={"widths": [16, 8]},
        budget=Budget(total_tokens=100000),
    )
    assert (judge.recipe, judge.role) == (None, "critic")
    assert serving.keys == (Key(name="alice", sha256=HASH, active=2, batch=True),)
    assert (serving.limits.active, serving.limits.queue, serving.limits.key_active) == (3, 4, 2)
    assert (serving.log.file, serving.log.prompts) == ("requests.jsonl", True)
    assert (serving.host, serving.port, serving.grace) == ("0.0.0.0", 9000, 5)
    assert serving.recipes == ("pdr", "vote")


HIGH = '[serve.models.high]\nrecipe = "pdr"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[serve]\nrecipe = 1", r"serve\.recipe: not known \(did you mean 'recipes'\?\)"),
        ("[serve]\noffers = []", r"serve\.offers: not known"),
        ('[serve]\nrecipes = ["pdrr"]', r"serve\.recipes: no recipe 'pdrr' \(did you mean 'pdr'"),
        ("[serve]\nport = 70000", r"serve\.port: Input should be less"),
        ('[serve]\norigins = ["localhost:3000"]', r"serve\.origins: 'localhost:3000' is no origin"),
        ('[serve]\norigins = ["http://a/b"]', "is no origin"),
        ("[serve]\nmodels = 3", r"serve\.models: must be a table"),
        ("[serve.models]\nhigh = 3", r"serve\.models\.high: must be a table"),
        ("[serve.models.high]", r"serve\.models\.high: give either recipe"),
        (HIGH + 'role = "critic"', r"serve\.models\.high: give either recipe"),
        (HIGH.replace("pdr", "pdrr"), r"serve\.models\.high\.recipe: no recipe 'pdrr'"),
        (HIGH + "set = { widhts = [2] }", r"serve\.models\.high\.set: .*did you mean 'widths'"),
        (HIGH + "set = { widths = 0 }", r"serve\.models\.high\.set: .*widths"),
        (HIGH + "budget = { total = 3 }", r"serve\.models\.high\.budget\.total: not known"),
        (HIGH + "budget = { calls = 0 }", r"serve\.models\.high\.budget\.calls: "),
        (HIGH + "knobs = 3", r"serve\.models\.high\.knobs: not known"),
        (HIGH.replace("high", "gpt-5-high"), "treat names like o1 and gpt-5"),
        (HIGH.replace("high", "o1"), "treat names like o1 and gpt-5"),
        (HIGH.replace("high", '"a b"'), "letters, digits"),
        ('[serve.models.j]\nrole = "judge"', r"serve\.models\.j\.role: no model speaks as 'judge'"),
        ('[serve.models.j]\nrole = "critic"\nset = { n = 3 }', "set and budget go with a recipe"),
        ('[serve.keys.a]\nsha256 = "abc"', r"serve\.keys\.a\.sha256: "),
        ("[serve.keys.a]\nactive = 2", r"serve\.keys\.a\.sha256: Field required"),
        ("[serve.limits]\nactive = 0", r"serve\.limits\.active: "),
        ("[serve.limits]\nactiv = 1", r"serve\.limits\.activ: not known \(did you mean 'active'"),
        ("[serve.log]\nprompt = true", r"serve\.log\.prompt: not known \(did you mean 'prompts'"),
        (
            '[serve]\nrecipes = ["behaviors"]',
            r"serve\.recipes: recipe 'behaviors' reads a handbook: add --handbook",
        ),
        (
            HIGH.replace("pdr", "review"),
            r"serve\.models\.high: recipe 'review' waits .*: add --threads FILE, or threads = ",
        ),
        ('[serve]\nrecipes = ["review"]', r"serve\.recipes: recipe 'review' waits"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_and_key(load, text, told):
    with pytest.raises(InputError, match=told) as caught:
        load(text)
    assert str(caught.value).startswith("redraft.toml: serve")
    assert "\n" not in str(caught.value)


def test_a_recipe_that_reads_a_handbook_is_offered_where_there_is_one(load):
    assert load('[serve]\nrecipes = ["behaviors"]', handbook=True).recipes == ("behaviors",)


@pytest.mark.parametrize("kept", [{"threads": True}, {"text": '[serve]\nthreads = "t.db"\n'}])
def test_a_recipe_that_waits_is_offered_where_threads_are_kept(load, kept):
    text = kept.pop("text", "") + HIGH.replace("pdr", "review")
    assert [offer.recipe for offer in load(text, **kept).offers] == ["review"]
