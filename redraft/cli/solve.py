"""`redraft solve`: makes a plan of the options, runs it under the display, says how it ended."""

import os
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from redraft.cli import signals
from redraft.cli.counting import counting
from redraft.cli.display import choose_view, watching
from redraft.cli.outcome import report, say, say_how_to_go_on
from redraft.cli.plan import Plan, make_plan
from redraft.cli.progress import Prices, Progress
from redraft.cli.values import STDIN
from redraft.cli.watched import watch_models
from redraft.core import InputError, Model, RedraftError
from redraft.jobs import (
    JobEvent,
    RunFolder,
    RunStarted,
    Settings,
    Summary,
    Task,
    open_handbook,
    run_in_folder,
)
from redraft.models import EmbeddingEndpoint, RetryPolicy, open_catalog, open_embedder

Then = Callable[[Mapping[str, Model]], Awaitable[None]]

_ADVICE = (
    "note: without --max-tokens a call reserves all that its budget has left, so calls wait for "
    "each other; with it they run side by side"
)


def solve(options: Namespace) -> int:
    """Run a job or go on with it; returns the exit status."""
    progress = Progress(prices=read_prices(options))
    plan = make_plan(options)
    return guarded(plan, progress, lambda: _solve(options, plan, progress))


def _solve(options: Namespace, plan: Plan, progress: Progress) -> int:
    summary = signals.run(run_plan(plan, progress, quiet=options.quiet))
    return report(options, plan, progress, summary)


def guarded(plan: Plan, progress: Progress, work: Callable[[], int]) -> int:
    """Do `work`, a run of `plan`; where it ends early, say how to go on from there."""
    try:
        return work()
    except signals.Stopped as stop:
        if not progress.begun:
            raise
        say(f"stopped ({stop})")
        say_how_to_go_on(plan, progress)
        return 128 + stop.number
    except RedraftError as error:
        if not progress.begun:
            raise
        say(f"error: {error}")
        say_how_to_go_on(plan, progress)
        return 2 if isinstance(error, InputError) else 1


def read_prices(options: Namespace) -> Prices | None:
    """What tokens cost, where the options say so."""
    if options.price_in is None and options.price_out is None:
        return None
    return Prices(options.price_in or 0.0, options.price_out or 0.0)


def _opening(plan: Plan, done: int) -> str:
    names = dict.fromkeys(str(spec.get("model", "")) for spec in plan.job.models.values())
    path = plan.job.problems.path
    source = "standard input" if path == STDIN else os.path.relpath(path)
    before = f", going on after {done:,} problems" if done else ""
    return f"{plan.job.recipe} on {source} with {', '.join(names)}; kept in {plan.folder}{before}"


def _reserves_all(settings: Settings) -> bool:
    budgets = (settings.budget.total_tokens, settings.run_budget.total_tokens)
    capped = any(sampling.max_tokens for sampling in settings.sampling.values())
    return any(budgets) and not capped


async def run_plan(
    plan: Plan, progress: Progress, *, quiet: bool, then: Then | None = None
) -> Summary:
    """Run the job of `plan` under the display, and `then` do more with the same models."""

    def hear(event: JobEvent) -> None:
        progress.event(event)
        if isinstance(event, RunStarted) and not quiet:
            say(_opening(plan, event.done))
            if _reserves_all(plan.job.settings):
                say(_ADVICE)

    problems, settings = plan.job.problems, plan.job.settings
    log = RunFolder(plan.folder).vllm_log
    embeds = plan.catalog.embedder if settings.handbook is not None else None
    async with AsyncExitStack() as display:
        await display.enter_async_context(watching(progress, choose_view(quiet)))
        await display.enter_async_context(counting(progress, problems.path, problems.limit))
        async with (
            open_embedder(
                embeds,
                log=log.with_stem("vllm-embedder"),
                policy=RetryPolicy(attempts=settings.retries + 1),
                report=progress.starting,
            ) as embedder,
            open_handbook(settings, plan.folder, embedder) as handbook,
            open_catalog(plan.catalog, log=log, report=progress.starting) as models,
        ):
            task = Task(plan.job, plan.recipe, watch_models(models, progress), hear, handbook)
            summary = await run_in_folder(task, plan.folder)
            if then is not None:
                await display.aclose()
                await then(models)
    if isinstance(embedder, EmbeddingEndpoint) and embedder.tokens and not quiet:
        say(f"embeddings: {embedder.name} read {embedder.tokens:,} tokens in this start")
    return summary
