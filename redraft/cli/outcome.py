"""What is said when a run has ended: the summary, where it is, and what to type next."""

import shlex
import sys
from argparse import Namespace

from redraft.cli.plan import Plan
from redraft.cli.progress import Progress
from redraft.cli.terminal import money, one_line
from redraft.cli.values import STDIN
from redraft.core import EngineError, ModelError
from redraft.jobs import RunFolder, Summary, render

_INFRASTRUCTURE = {ModelError.kind, EngineError.kind}


def say(text: str) -> None:
    """One line on standard error."""
    print(f"redraft: {one_line(text)}", file=sys.stderr, flush=True)


def say_how_to_go_on(plan: Plan, progress: Progress) -> None:
    """What is kept, and the command that goes on from there."""
    of = "" if progress.total is None else f" of {progress.total:,}"
    say(f"{progress.done:,}{of} problems are done, and everything is kept in {plan.folder}")
    say(f"go on with: {command(plan)}")


def command(plan: Plan) -> str:
    """The command that goes on with a run, as it is typed here."""
    again = f"redraft solve --job {shlex.quote(str(RunFolder(plan.folder).job))}"
    return f"{again} < the-same-problems" if plan.job.problems.path == STDIN else again


def report(options: Namespace, plan: Plan, progress: Progress, summary: Summary) -> int:
    """Print the summary and what follows from it; returns the exit status."""
    if options.json:
        print(summary.model_dump_json(indent=2))
    else:
        lines = [render(summary)]
        if progress.cost is not None:
            lines.append(f"cost of this start: {money(progress.cost)}")
        print("\n".join(lines))
    if not options.quiet:
        _say_where(plan, summary)
    if summary.problems and set(summary.failures) <= _INFRASTRUCTURE:
        failed = summary.stopped_by.get("failed", 0)
        if failed == summary.problems:
            say(f"error: no problem could be tried: {progress.failure or 'see the records'}")
            say(f"when the model answers again: {command(plan)}")
            return 1
    return 0


def _say_where(plan: Plan, summary: Summary) -> None:
    folder = RunFolder(plan.folder)
    say(f"records in {folder.records}, summary in {folder.summary}")
    failed = summary.stopped_by.get("failed", 0)
    if failed and failed < summary.problems:
        say(f"to try the {failed:,} failed problems again: {command(plan)}")
    elif not summary.complete:
        say(f"to solve the rest, with a larger budget or limit: {command(plan)}")
    elif summary.learning is not None and summary.learning.left:
        say(f"to learn from the {summary.learning.left:,} problems left: {command(plan)}")
    elif summary.learning is not None and not summary.graded:
        say("nothing was learnt: without gold answers no solution is known to be right")
