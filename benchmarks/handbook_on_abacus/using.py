"""Uses a handbook on problems in waves, with the evidence of each wave judged before the next."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from recipes_on_abacus.cells import Cell
from recipes_on_abacus.running import Plan, Run, run_cell

from handbook_on_abacus.books import Made
from handbook_on_abacus.results import Stage
from handbook_on_abacus.study import Study
from redraft import RECIPES, Model, Problem, read_problems, solve
from redraft.jobs import RunFolder, count_uses
from redraft.memory import judge, open_store, report

WAVE, HOLD = 100, 0.2
"""Problems a wave, and the share of problems and of behaviors held back in it."""

KNOBS = {"most": 5, "by": "worth"}


async def use(
    study: Study, made: Made, before: int, upto: int, models: Mapping[str, Model]
) -> Stage:
    """Use the handbook on the problems from `before` to `upto`, and say how it stands then."""
    kept = made.folder / f"stage-{upto}.json"
    if kept.exists():
        return Stage.model_validate_json(kept.read_bytes())
    problems = list(read_problems(study.used_on(made.seed)))
    for start in range(before, upto, WAVE):
        await _wave(study, made, start, problems[start : min(start + WAVE, upto)], models)
    stage = await _stage(made, upto)
    kept.write_text(stage.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return stage


async def _wave(
    study: Study,
    made: Made,
    start: int,
    problems: Sequence[Problem],
    models: Mapping[str, Model],
) -> None:
    folder = made.folder / "waves" / f"{start:05}"
    await solve(
        problems,
        models=models,
        recipe="behaviors",
        knobs={**KNOBS, "hold": HOLD},
        out=folder,
        settings=study.settings_of(made.seed, made.path),
    )
    async with open_store(str(made.path)) as store:
        await count_uses(store, RunFolder(folder))
        await judge(store)


async def _stage(made: Made, used: int) -> Stage:
    async with open_store(str(made.path)) as store:
        version = await store.version()
        entries, uses = await store.entries(version), await store.uses(version)
    kinds = {entry.name: made.kind_of(entry.instruction) for entry in entries}
    standing: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        standing[kinds[entry.name]][entry.status] += 1
    told = report(entries, uses)
    return Stage(
        uses=used,
        version=version,
        standing={kind: dict(counter) for kind, counter in standing.items()},
        shown=dict(Counter(kinds[one.name] for one in uses if one.shown)),
        accuracy=told.accuracy,
        output_tokens=told.output_tokens,
        input_tokens=told.input_tokens,
    )


async def tested(study: Study, made: Made, stage: Stage, models: Mapping[str, Model]) -> Run:
    """The test problems with the handbook as it is at `stage`, its newest; nothing is held back."""
    cell = Cell(
        name=f"{made.name}-{stage.uses}",
        label="",
        recipe=RECIPES["behaviors"],
        knobs={**KNOBS, "hold": 0.0},
    )
    settings = study.settings_of(made.seed, made.path)
    plan = Plan(study.problems, [cell], study.seeds, settings, study.out)
    return await run_cell(plan, cell, made.seed, models)
