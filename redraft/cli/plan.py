"""From options to a run that can begin: job, recipe, folder, models.

All that can be checked is checked here, before a server is asked or one of ours is started.
"""

import asyncio
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from redraft.cli.job_options import (
    choose_folder,
    defaults_of,
    read_old_job,
    read_recipe,
    read_settings,
    read_source,
)
from redraft.cli.model_options import read_catalog, specs_of
from redraft.graphs import Recipe
from redraft.jobs import Job, RunFolder, check_source, make_job, memory_version
from redraft.models import Catalog


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can begin: its job, where it is kept, and how its models are reached."""

    job: Job
    recipe: Recipe
    folder: Path
    catalog: Catalog


def make_plan(options: Namespace) -> Plan:
    """Resolve the options; raises `InputError` for all mistakes that show without a model."""
    old = read_old_job(options)
    source = read_source(options, old.problems if old else None)
    recipe, knobs = read_recipe(options, old)
    recipe.build(recipe.parse(knobs))
    check_source(source)
    catalog = read_catalog(options, old)
    settings = read_settings(options, old.settings if old else defaults_of(catalog))
    settings = settings.model_copy(update={"prompt_sets": catalog.prompt_sets()})
    newest = asyncio.run(memory_version(settings, None))
    job = make_job(source, recipe, knobs, specs_of(catalog), settings, newest)
    folder = choose_folder(options, job)
    begun = asyncio.run(memory_version(settings, folder))
    job = job.model_copy(update={"memory": begun})
    RunFolder(folder).check(job)
    return Plan(job, recipe, folder, catalog)
