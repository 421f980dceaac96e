"""What handbooks are worth on Abacus: learnt ones, and poisoned ones with and without the gate.

`python benchmarks/handbook.py` starts vLLM once, makes the handbooks, uses them on problems while
their evidence is judged, tests them on the way and writes tables; the same command goes on after
whatever stopped it. `--count 20 --seeds 1 --uses 20,40 --learn-from 20 --out runs/try` is a quick
look.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from handbook_on_abacus.books import Made, make
from handbook_on_abacus.improving import BASE, CELLS, sum_up
from handbook_on_abacus.publishing import write_docs, write_report
from handbook_on_abacus.results import Book, Figures, Report, Stage
from handbook_on_abacus.study import IMPROVING, Study, chosen, claim_sizes, shortcuts
from handbook_on_abacus.summing import Spent, figures, spent
from handbook_on_abacus.tables import page
from handbook_on_abacus.using import tested, use
from recipes_on_abacus.running import Plan, Runs, run_cells
from recipes_on_abacus.serving import add_options, claimed, open_models, positive, versions

from redraft import Model, RedraftError, Sampling, Settings, read_problems

ROOT = Path(__file__).parents[1]
Say = Callable[[str], object]
Tested = dict[tuple[str, int], list[dict[str, Spent]]]
"""What was spent on the test problems, seed by seed, by handbook and uses."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing, then sum up, print and keep."""
    given = _options(arguments)
    try:
        study = _study(given)
        model, weights = claimed(given, study.out)
        claim_sizes(study)
        report = asyncio.run(_measure(given, study, model, weights))
        write_report(report, study.out)
        if given.write:
            write_docs(report, given.docs)
    except RedraftError as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command goes on from here") from None
    print(page(report))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--problems", type=Path, default=ROOT / "examples" / "abacus" / "test.jsonl")
    add("--count", type=positive, default=500, help="test problems, from the file's beginning")
    add("--seeds", type=positive, default=3, help="handbooks of each kind, and runs of each cell")
    add("--parts", default="", help="names of handbooks and comparisons; all by default")
    add("--learn-from", type=positive, default=200, help="training problems of a learnt handbook")
    add("--uses", type=_stages, default=(500, 2000), help="uses after which to test, with commas")
    add_options(parser)
    add("--out", type=Path, default=Path("runs/handbook"), help="folder of the runs")
    add("--write", action="store_true", help="put the results into the documents")
    add("--docs", type=Path, default=ROOT / "docs", help="where --write finds them")
    return parser.parse_args(arguments)


def _stages(text: str) -> tuple[int, ...]:
    return tuple(sorted({positive(part) for part in text.split(",")}))


def _study(given: argparse.Namespace) -> Study:
    problems = list(islice(read_problems(given.problems), given.count))
    return Study(
        problems={problem.key: problem for problem in problems},
        parts=chosen(given.parts),
        seeds=given.seeds,
        stages=(0, *given.uses),
        learn_from=given.learn_from,
        shortcuts=shortcuts(),
        settings=Settings(
            sampling={"default": Sampling(max_tokens=given.max_tokens)},
            concurrency=given.concurrency,
        ),
        out=given.out,
    )


async def _measure(given: argparse.Namespace, study: Study, model: str, weights: str) -> Report:
    async with open_models(given, study.out / "vllm.log") as models:
        runs = await _plain(study, models)
        found, books = await _books(study, models, print)
    plain = [spent(run, study.problems.keys(), str) for run in runs[BASE.name]]
    rows, improving = sum_up(runs) if IMPROVING in study.parts else ((), ())
    return Report(
        model=model,
        weights=weights,
        problems=len(study.problems),
        seeds=study.seeds,
        learn_from=study.learn_from,
        concurrency=given.concurrency,
        max_tokens=given.max_tokens,
        cores=os.cpu_count() or 0,
        versions=versions(),
        figures=(figures("", 0, plain, None), *_figures(found, plain)),
        books=tuple(books),
        rows=rows,
        improving=improving,
    )


async def _plain(study: Study, models: Mapping[str, Model]) -> Runs:
    """The cells that read no handbook."""
    cells = [BASE, *(CELLS if IMPROVING in study.parts else ())]
    plan = Plan(study.problems, cells, study.seeds, study.settings, study.out)
    return await run_cells(plan, models, print)


async def _books(study: Study, models: Mapping[str, Model], say: Say) -> tuple[Tested, list[Book]]:
    """Make, use and test every handbook, one seed after the other."""
    found: Tested = {}
    made: dict[str, list[tuple[Made, tuple[Stage, ...]]]] = {name: [] for name in study.books}
    for seed in range(study.seeds):
        for name in study.books:
            book = await make(study, name, seed, models)
            stages: list[Stage] = []
            for before, upto in zip((0, *study.stages), study.stages, strict=False):
                stages.append(await use(study, book, before, upto, models))
                run = await tested(study, book, stages[-1], models)
                one = spent(run, study.problems.keys(), book.kind_of)
                found.setdefault((name, upto), []).append(one)
                right = sum(each.right for each in one.values()) / len(one)
                say(f"{name}, seed {seed}, used on {upto:,}: {right:.1%} of {len(one)}")
            made[name].append((book, tuple(stages)))
    return found, [
        Book(
            name=name,
            entered=tuple(book.entered for book, _ in each),
            stages=tuple(stages for _, stages in each),
        )
        for name, each in made.items()
    ]


def _figures(found: Tested, plain: Sequence[dict[str, Spent]]) -> list[Figures]:
    """One row for each handbook and stage, all seeds of it together."""
    order = list(dict.fromkeys(name for name, _ in found))
    ranked = sorted(found, key=lambda cell: (order.index(cell[0]), cell[1]))
    return [figures(name, uses, found[name, uses], plain) for name, uses in ranked]


if __name__ == "__main__":
    main()
