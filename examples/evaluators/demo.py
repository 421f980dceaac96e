"""The demo's problems for inspect: `inspect eval examples/evaluators/demo.py`."""

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import pattern
from inspect_ai.solver import generate

PROBLEMS = Path(__file__).parents[1] / "demo" / "problems.jsonl"


@task
def redraft_demo() -> Task:
    return Task(
        dataset=json_dataset(str(PROBLEMS), FieldSpec(input="problem", target="answer")),
        solver=generate(),
        scorer=pattern(r"\\boxed\{([^{}]*)\}"),
    )
