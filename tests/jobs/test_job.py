"""The job file: what goes in comes out, what makes another job is told, mistakes take one line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraft.core import Budget, InputError, Sampling
from redraft.jobs import Job, Settings, Source, at, check_source, load_job
from redraft.jobs.job import differences, dump_job

JOB = Job(
    problems=Source(path="/data/p.jsonl", fields={"question": "q"}, kind="math"),
    recipe="pdr",
    knobs={"widths": [8, 4], "fresh": True, "share": 0.5, "distiller": "summary"},
    models={"default": {"model": "m", "url": "http://x/v1"}, "critic": {"model": "c"}},
    settings=Settings(
        budget=Budget(total_tokens=10_000, seconds=1.5),
        sampling={"default": Sampling(temperature=0.0, stop=("\n", "é"))},
    ),
    prompts={"draft": "abc"},
    versions={"redraft": "1"},
)


def written(tmp_path: Path, job: Job) -> Path:
    path = tmp_path / "job.toml"
    path.write_text(dump_job(job), encoding="utf-8")
    return path


def test_a_job_is_read_as_it_was_written(tmp_path: Path):
    read = load_job(written(tmp_path, JOB))
    assert read == JOB
    assert read.hash == JOB.hash


def test_a_job_file_keeps_a_handbook_s_url_without_its_password(tmp_path: Path):
    settings = Settings(handbook="postgresql://me:secret@host/db?handbook=a")
    path = written(tmp_path, JOB.model_copy(update={"settings": settings}))
    assert "secret" not in path.read_text()
    assert load_job(path).settings.handbook == "postgresql://me@host/db?handbook=a"


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@settings(deadline=None)
@given(
    path=TEXT,
    knobs=st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.booleans(), st.lists(TEXT))),
    seed=st.integers(0, 2**40),
)
def test_any_job_is_read_as_it_was_written(tmp_path_factory, path, knobs, seed):
    job = Job(problems=Source(path=path), recipe="r", knobs=knobs, settings=Settings(seed=seed))
    assert load_job(written(tmp_path_factory.getbasetemp(), job)) == job


@pytest.mark.parametrize(
    "change",
    [
        {"settings": JOB.settings.model_copy(update={"concurrency": 3})},
        {"settings": JOB.settings.model_copy(update={"retries": 3})},
        {"settings": JOB.settings.model_copy(update={"run_budget": Budget(total_tokens=9)})},
        {"problems": JOB.problems.model_copy(update={"limit": 3, "on_error": "skip"})},
        {"models": {"default": {"model": "m", "url": "http://y/v1"}, "critic": {"model": "c"}}},
        {"versions": {"redraft": "2"}},
        {"settings": JOB.settings.model_copy(update={"prompt_sets": {"default": "compact"}})},
    ],
)
def test_what_does_not_change_the_answers_is_the_same_job(change):
    other = JOB.model_copy(update=change)
    assert other.hash == JOB.hash
    assert differences(JOB, other) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipe": "vote"}, 'recipe was "pdr" and is now "vote"'),
        ({"knobs": JOB.knobs | {"widths": [16]}}, "knobs.widths was [8, 4] and is now [16]"),
        ({"knobs": {}}, "knobs.distiller was"),
        ({"models": {"default": {"model": "m"}}}, 'models.critic was "c" and is now not set'),
        ({"prompts": {"draft": "xyz"}}, 'prompts.draft was "abc" and is now "xyz"'),
        ({"problems": Source(path="/other")}, "problems.fields.question was"),
        ({"settings": Settings()}, "settings.budget.seconds was 1.5 and is now not set"),
    ],
)
def test_another_job_is_told_by_its_fields(change, words):
    other = JOB.model_copy(update=change)
    assert other.hash != JOB.hash
    assert any(words in line for line in differences(JOB, other))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recipe = ", "not a job file"),
        ("recipe = 'x'", "problems: Field required"),
        ("recipe = 'x'\nproblems.path = 'p'\nsettings.concurrency = 0", "settings.concurrency"),
        ("recipe = 'x'\nproblems.path = 'p'\nfoo = 1", "foo: Extra inputs"),
        (b"\xff", "not a job file"),
    ],
)
def test_a_broken_job_file(tmp_path: Path, text, words):
    path = tmp_path / "job.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load_job(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_job_file(tmp_path: Path):
    with pytest.raises(InputError, match="no such file"):
        load_job(tmp_path / "job.toml")


def test_a_source_is_checked_by_its_first_problem(tmp_path: Path):
    path = tmp_path / "p.jsonl"
    path.write_text('{"question": "q"}\n{broken')
    check_source(at(path))
    path.write_text('{"foo": "q"}')
    with pytest.raises(InputError, match="line 1: no field for the question"):
        check_source(at(path))
    with pytest.raises(InputError, match="no such file"):
        check_source(at(tmp_path / "none"))
    with pytest.raises(InputError, match="given in Python"):
        check_source(Source())
    check_source(at("-"))
