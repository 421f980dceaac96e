"""Writes problems as Redraft reads them: `python examples/abacus/problems.py > test.jsonl`."""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import islice

from solution import solve
from story import STANDARD, Level, Split, stories

MOST = 12


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the lines of a problem file."""
    for line in lines(_options(arguments)):
        print(line)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    add = parser.add_argument
    add("--split", choices=("train", "dev", "test"), default="test")
    add("--count", type=int, default=500, help="how many (500)")
    add("--seed", type=int, default=1, help="another seed, other problems (1)")
    add("--least", type=int, default=STANDARD.least, help="operations at least")
    add("--most", type=int, default=STANDARD.most, help="operations at most")
    add("--reach", type=int, default=STANDARD.reach, help="largest number in a story")
    options = parser.parse_args(arguments)
    if not 1 <= options.least <= options.most <= MOST:
        parser.error(f"--least and --most: give 1 <= least <= most <= {MOST}")
    if not 2 <= options.reach <= STANDARD.limit:
        parser.error(f"--reach: give a number from 2 to {STANDARD.limit}")
    return options


def lines(options: argparse.Namespace) -> Iterator[str]:
    """One JSON object a line: id, problem, answer, and the right steps."""
    level = Level(options.least, options.most, options.reach)
    for problem in islice(problems(options.split, options.seed, level), options.count):
        yield json.dumps(problem)


def problems(split: Split, seed: int, level: Level = STANDARD) -> Iterator[dict[str, object]]:
    """Endless problems of `split`, none twice."""
    seen: set[str] = set()
    for story in stories(split, seed, level):
        if story.text in seen:
            continue
        seen.add(story.text)
        steps, result = solve(story)
        numbered = [f"{place}. {step}" for place, step in enumerate(steps, start=1)]
        name = f"abacus-{split}-{seed}-{len(seen):04}"
        yield {"id": name, "problem": story.text, "answer": str(result), "steps": numbered}


if __name__ == "__main__":
    main()
