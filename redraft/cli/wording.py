"""The longer texts of the help pages: what each command is for, and examples to copy."""

from typing import NamedTuple


class Example(NamedTuple):
    """Command lines that a reader may copy, and what they are for."""

    purpose: str
    lines: tuple[str, ...]


class Page(NamedTuple):
    """The texts of one command's help. `notes` follow the examples, a paragraph each."""

    command: str
    summary: str
    usage: tuple[str, ...]
    about: str
    examples: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def epilog(self) -> str:
        """Examples and notes as they stand under the options."""
        parts = [*self.notes]
        if self.examples:
            shown = (
                "\n".join((*([f"  {purpose}:"] if purpose else []), *(f"    {x}" for x in lines)))
                for purpose, lines in self.examples
            )
            gap = "\n\n" if self.examples[0].purpose else "\n"
            parts.insert(0, "examples:\n" + gap.join(shown))
        return "\n\n".join(parts) + "\n" if parts else ""


TOP = Page(
    command="",
    summary="",
    usage=("redraft COMMAND ...",),
    about="Language-model agents that draft, criticise, verify and redraft together.\n"
    "Give Redraft a file of problems, a recipe and a model; it gives back answers, how often they\n"
    "were right, and what they cost.",
    examples=(
        Example("what this machine can run", ("redraft doctor",)),
        Example(
            "the ways to solve a problem, and one of them as a drawing",
            ("redraft recipes", "redraft show pdr --set widths=8,4"),
        ),
        Example(
            "solve a file of problems",
            (
                "redraft solve problems.jsonl --recipe pdr \\",
                "    --endpoint http://127.0.0.1:8000/v1 --model Qwen/Qwen3-4B",
            ),
        ),
    ),
    notes=("'redraft COMMAND --help' says more about a command.",),
)

SOLVE = Page(
    command="solve",
    summary="solve a file of problems with a recipe, and say how often it was right",
    usage=(
        "redraft solve FILE --recipe NAME --endpoint URL --model NAME ...",
        "redraft solve FILE --recipe NAME (--vllm MODEL | --config FILE) ...",
        "redraft solve --job runs/NAME/job.toml ...",
    ),
    about="Solve each problem of a file with a recipe, many at a time. All is kept in the folder\n"
    "of the run: the job, every reply of the model, a record of each problem, the summary.",
    examples=(
        Example(
            "with a server that runs already",
            (
                "redraft solve problems.jsonl --recipe pdr --set widths=8,4 \\",
                "    --set distiller=summary --endpoint http://127.0.0.1:8000/v1 \\",
                "    --model Qwen/Qwen3-4B --out runs/first --concurrency 256",
            ),
        ),
        Example(
            "with a vLLM server that Redraft starts, watches and stops",
            (
                "redraft solve problems.csv --recipe vote --set n=8 \\",
                "    --vllm Qwen/Qwen3-4B --vllm-arg=--max-model-len=16384",
            ),
        ),
        Example(
            "go on after Ctrl-C, a crash or a reboot (what was answered is not asked again)",
            ("redraft solve --job runs/first/job.toml",),
        ),
    ),
    notes=(
        "The same command again goes on with the same run.",
        "exit status: 0 the run is complete, right or wrong; 1 it failed, or no problem could be\n"
        "tried; 2 a mistake in the command, the configuration or the file; 130 stopped by Ctrl-C\n"
        "(143 by SIGTERM).",
    ),
)

SHOW = Page(
    command="show",
    summary="draw a recipe, or a graph of your own",
    usage=("redraft show RECIPE [--set KNOB=VALUE ...] [--format FORMAT] [--output FILE]",),
    about="Draw the graph of a recipe with the knobs you set, or a LangGraph graph of your own.",
    examples=(
        Example("", ("redraft show pdr --set widths=8,4",)),
        Example("", ("redraft show critique --format svg --output critique.svg",)),
        Example("", ("redraft show my_graphs.py:debate --format mermaid",)),
    ),
)

VIEW = Page(
    command="view",
    summary="look at a run in a browser",
    usage=("redraft view RUN [--port N]",),
    about="Show a run as pages on this machine: its problems, which agent made what from what,\n"
    "every text with its formulas, and what each call cost. It may still be going on.",
    examples=(Example("", ("redraft view runs/first",)),),
)

RECIPES = Page(
    command="recipes",
    summary="list the recipes and their knobs",
    usage=("redraft recipes",),
    about="List the recipes and, for each knob, its type and the value it has when it is not set.",
)

SERVE = Page(
    command="serve",
    summary="offer recipes as models to chat front-ends",
    usage=(
        "redraft serve --endpoint URL --model NAME [options]",
        "redraft serve --vllm MODEL [options]",
        "redraft serve --config redraft.toml [options]",
        "redraft serve --new-key",
    ),
    about="Every recipe becomes a model behind an OpenAI-compatible API: it thinks in the open,\n"
    "in the reasoning of its answer, and then answers. The models themselves are offered too.",
    examples=(
        Example("with the model that comes with Redraft", ("redraft serve --vllm abacus",)),
        Example(
            "in front of a server that runs",
            ("redraft serve --endpoint http://127.0.0.1:8000/v1 --model Qwen/Qwen3-4B",),
        ),
        Example(
            "for other machines, with a key in the environment or hashes of keys in the file",
            (
                "redraft serve --new-key",
                "redraft serve --vllm abacus --host 0.0.0.0 --key-env REDRAFT_KEY",
                "redraft serve --config redraft.toml --host 0.0.0.0",
            ),
        ),
    ),
    notes=(
        "[serve] in redraft.toml says what is offered, to whom and how much; see docs/serving.md.",
        "exit status: 0 a signal ended it: the first lets answers finish, the second does not.",
    ),
)

DOCTOR = Page(
    command="doctor",
    summary="say what this machine can run, and what to do about what it cannot",
    usage=("redraft doctor [--endpoint URL] [--model NAME] [--config FILE]",),
    about="Look at Python, the GPU, vLLM, the sandbox and the endpoint, and say what to do about\n"
    "what is missing.",
    examples=(
        Example("", ("redraft doctor",)),
        Example(
            "",
            ("redraft doctor --endpoint http://127.0.0.1:8000/v1 --model Qwen/Qwen3-4B",),
        ),
    ),
    notes=("exit status: 0 a batch could run; 1 something must be done first.",),
)

HANDBOOK = Page(
    command="handbook",
    summary="build, read and look after a handbook of behaviors",
    usage=("redraft handbook ACTION --handbook PATH ...",),
    about="A handbook keeps short procedures that were learnt from solved problems, what became\n"
    "of each use, and all their history. Recipes such as 'behaviors' read it.",
    examples=(
        Example(
            "learn from a run, use what was learnt, and see what it was worth",
            (
                "redraft handbook build runs/first --handbook book.db --vllm abacus",
                "redraft solve new.jsonl --recipe behaviors --handbook book.db --vllm abacus",
                "redraft handbook build runs/behaviors-new --handbook book.db --vllm abacus",
                "redraft handbook report --handbook book.db",
            ),
        ),
    ),
    notes=("'redraft handbook ACTION --help' says more about an action.",),
)
