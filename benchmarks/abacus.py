"""What each recipe is worth on Abacus, the small model that Redraft ships, and what it costs.

`python benchmarks/abacus.py` starts vLLM once, runs every cell with every seed in a folder of its
own, and writes tables and plots; the same command goes on after whatever stopped it. `--count 20
--seeds 1 --cells single,vote-3` is a quick look.
"""

import argparse
import asyncio
import importlib.util
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from recipes_on_abacus.cells import chosen
from recipes_on_abacus.judging import FirstWrong
from recipes_on_abacus.publishing import write_docs, write_report
from recipes_on_abacus.results import Report
from recipes_on_abacus.running import Plan, run_cells
from recipes_on_abacus.serving import add_options, claimed, open_models, positive, versions
from recipes_on_abacus.summing import judge, sum_up
from recipes_on_abacus.tables import page

from redraft import RedraftError, Sampling, Settings, read_problems

ROOT = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is missing, then sum up, print and keep."""
    given = _options(arguments)
    try:
        report = asyncio.run(_measure(given))
        write_report(report, given.out)
        if given.write:
            write_docs(report, given.docs)
    except RedraftError as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; the same command goes on from here") from None
    print(page(report, "."))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--problems", type=Path, default=ROOT / "examples" / "abacus" / "test.jsonl")
    add("--count", type=positive, default=500, help="problems, from the file's beginning")
    add("--seeds", type=positive, default=3, help="runs of each cell")
    add("--cells", default="", help="names of cells, with commas; all by default")
    add_options(parser)
    add("--out", type=Path, default=Path("runs/abacus"), help="folder of the runs")
    add("--write", action="store_true", help="put the results into the documents")
    add("--docs", type=Path, default=ROOT / "docs", help="where --write finds them")
    return parser.parse_args(arguments)


async def _measure(given: argparse.Namespace) -> Report:
    problems = list(islice(read_problems(given.problems), given.count))
    plan = Plan(
        problems={problem.key: problem for problem in problems},
        cells=chosen([name.strip() for name in given.cells.split(",") if name.strip()]),
        seeds=given.seeds,
        settings=Settings(
            sampling={"default": Sampling(max_tokens=given.max_tokens)},
            concurrency=given.concurrency,
        ),
        out=given.out,
    )
    model, weights = claimed(given, given.out)
    async with open_models(given, given.out / "vllm.log") as models:
        runs = await run_cells(plan, models, print)
    cells, comparisons = sum_up(plan.cells, runs)
    critic, verifier = judge(runs, plan.problems, _first_wrong_step())
    return Report(
        model=model,
        weights=weights,
        problems=len(plan.problems),
        seeds=plan.seeds,
        concurrency=given.concurrency,
        max_tokens=given.max_tokens,
        cores=os.cpu_count() or 0,
        versions=versions(),
        cells=cells,
        comparisons=comparisons,
        critic=critic,
        verifier=verifier,
    )


def _first_wrong_step() -> FirstWrong:
    """The exact checker of the example that trains Abacus."""
    path = ROOT / "examples" / "abacus" / "checking.py"
    spec = importlib.util.spec_from_file_location("checking", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.first_wrong_step


if __name__ == "__main__":
    main()
