"""A job: everything that a run was asked to do, as one value that is kept as `job.toml`.

What determines the answers is the job's identity; how fast it runs is not part of it.
"""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import Field, ValidationError

from redraft.core import Budget, InputError, Kind, Sampling, Value
from redraft.jobs.problems import OnError
from redraft.memory import without_password

IN_MEMORY = ""

Learn = Literal["off", "waves", "online"]
"""Whether a run teaches the handbook that it reads: never, between waves, or as it goes."""


class Source(Value):
    """Where the problems come from: an absolute path, `"-"` for standard input, or `""` for values
    given in Python; and how they are read (see `read_problems`)."""

    path: str = IN_MEMORY
    fields: dict[str, str] = {}
    kind: Kind | None = None
    on_error: OnError = "stop"
    limit: int | None = Field(default=None, gt=0)


class Settings(Value):
    """What holds for every problem of a run.

    `budget` is for each problem, `run_budget` for all together. `concurrency` counts completions
    in flight, `retries` how often a call is asked again when its failure may pass. `sampling` goes
    by role. `handbook` is the path or URL of the handbook that recipes read; the job keeps the
    version, and of a URL no password. `learn` says whether the run teaches it too, every `wave`
    problems. `prompts` is a folder that overrides Redraft's own. `prompt_sets` names by role the
    set of prompts that suits its model, `""` for the default one; where it is empty, a model that
    ships with Redraft has the set that it was trained on.
    """

    budget: Budget = Budget()
    run_budget: Budget = Budget()
    sampling: dict[str, Sampling] = {}
    handbook: str | None = None
    learn: Learn = "off"
    wave: int = Field(default=100, gt=0)
    prompts: str | None = None
    prompt_sets: dict[str, str] = {}
    seed: int = 0
    concurrency: int = Field(default=256, gt=0)
    retries: int = Field(default=5, ge=0)


class Job(Value):
    """The resolved job. `models` says by role how a model is reached, without secrets.

    `memory` is the version of the memory that the run begins with, if any. `prompts` holds the hash
    of each prompt, by `role/name` where a role's prompt is not that of the default role; `versions`
    holds the versions that made the folder.
    """

    problems: Source
    recipe: str
    knobs: dict[str, object] = {}
    models: dict[str, dict[str, object]] = {}
    settings: Settings = Settings()
    memory: str | None = None
    prompts: dict[str, str] = {}
    versions: dict[str, str] = {}

    @property
    def hash(self) -> str:
        """Hash of what determines the answers."""
        text = json.dumps(identity(self), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def identity(job: Job) -> dict[str, object]:
    """What determines the answers, flat: dotted field names to plain values.

    A larger run budget, a higher limit, more skipped lines or another address of the same model
    let the same job go further; they do not change it.
    """
    learning = {"learn", "wave"} if job.settings.learn == "off" else set[str]()
    kept = job.model_dump(
        mode="json",
        exclude_none=True,
        exclude={
            "problems": {"limit", "on_error"},
            "settings": {
                "run_budget",
                "concurrency",
                "retries",
                "handbook",
                "prompts",
                "prompt_sets",
                *learning,
            },
            "models": True,
            "versions": True,
        },
    )
    kept["models"] = {role: spec.get("model", "") for role, spec in job.models.items()}
    return _flat(kept)


def _flat(table: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")  # pyright: ignore[reportUnknownArgumentType]
        else:
            flat[prefix + name] = value
    return flat


def differences(old: Job, new: Job) -> list[str]:
    """The fields in which two jobs' identities differ, with both values.

    Another recipe has other knobs and prompts, which then say nothing more.
    """
    before, now = identity(old), identity(new)
    changed = [
        name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name)
    ]
    if "recipe" in changed:
        changed = [name for name in changed if not name.startswith(("knobs.", "prompts."))]
    return [
        f"{name} was {_shown(before.get(name))} and is now {_shown(now.get(name))}"
        for name in changed
    ]


def _shown(value: object) -> str:
    return "not set" if value is None else json.dumps(value)


def load_job(path: Path) -> Job:
    """The job in a `job.toml`; raises `InputError` naming the file and the field."""
    try:
        return Job.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {place}: {first['msg']}") from None
    except ValueError as error:
        raise InputError(f"{path}: not a job file ({error})") from None


def dump_job(job: Job) -> str:
    """The text of `job.toml`, without the password of a handbook's URL."""
    if job.settings.handbook is not None:
        shown = {"handbook": without_password(job.settings.handbook)}
        job = job.model_copy(update={"settings": job.settings.model_copy(update=shown)})
    return tomli_w.dumps(job.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
