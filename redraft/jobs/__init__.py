"""Batches: problems go through one recipe, and a run folder keeps what came of them."""

from redraft.jobs.arguments import at, make_job
from redraft.jobs.batch import Task, run_in_folder
from redraft.jobs.events import (
    JobEvent,
    JobSink,
    LearningEnded,
    LearningStarted,
    ProblemFinished,
    RunStarted,
)
from redraft.jobs.examples import EXPLAIN, examples_in, examples_of, write_attempts
from redraft.jobs.folder import RunFolder
from redraft.jobs.front import Results, solve
from redraft.jobs.handbook import Handbook, memory_version, open_handbook
from redraft.jobs.job import Job, Settings, Source, load_job
from redraft.jobs.learning import Learnt, count_uses, take_over, write_traces
from redraft.jobs.merging import Merger, open_merger
from redraft.jobs.problems import ProblemStream, read_problems
from redraft.jobs.render import render
from redraft.jobs.report import Learning, Rate, Spread, Summary, Tally
from redraft.jobs.source import check_source
from redraft.jobs.statistics import interval

__all__ = [
    "EXPLAIN",
    "Handbook",
    "Job",
    "JobEvent",
    "JobSink",
    "Learning",
    "LearningEnded",
    "LearningStarted",
    "Learnt",
    "Merger",
    "ProblemFinished",
    "ProblemStream",
    "Rate",
    "Results",
    "RunFolder",
    "RunStarted",
    "Settings",
    "Source",
    "Spread",
    "Summary",
    "Tally",
    "Task",
    "at",
    "check_source",
    "count_uses",
    "examples_in",
    "examples_of",
    "interval",
    "load_job",
    "make_job",
    "memory_version",
    "open_handbook",
    "open_merger",
    "read_problems",
    "render",
    "run_in_folder",
    "solve",
    "take_over",
    "write_attempts",
    "write_traces",
]
