"""The options of `redraft solve`, one function for each group of its help page.

An option that was not given is `None` (a repeatable one is empty, a switch `False`): what that
means is decided where the job is made.
"""

import argparse
from collections.abc import Callable

from redraft.cli import values


def add_solve(parser: argparse.ArgumentParser) -> None:
    """All that `solve` can be told."""
    _problems(parser)
    _recipe(parser)
    add_run(parser)


def add_serve(parser: argparse.ArgumentParser) -> None:
    """All that `serve` can be told."""
    group = parser.add_argument_group("server")
    group.add_argument(
        "--host", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1, this machine)"
    )
    group.add_argument(
        "--port", type=values.count, metavar="N", help="port, 0 for any (default: 8080)"
    )
    group.add_argument(
        "--handbook", metavar="PATH", help="the handbook that recipes read, a file or a URL"
    )
    group.add_argument(
        "--prompts", metavar="FOLDER", help="your Markdown prompts, by the names of ours"
    )
    group.add_argument(
        "--runs", metavar="FOLDER", help="show the runs in this folder too, as pages at /view/"
    )
    group.add_argument(
        "--threads",
        metavar="PLACE",
        help="keep the conversations that clients name, in this file or at this postgresql:// URL",
    )
    _log(group.add_argument)
    _keys(parser)
    add_model(parser)
    _vllm(parser)
    _calls(parser)
    _sampling(parser)
    _budgets(parser)
    parser.set_defaults(learn=None, wave=None, seed=None)


def _log(add: Callable[..., object]) -> None:
    """How a server ends, and what it writes down."""
    add(
        "--grace",
        type=values.amount,
        metavar="SECONDS",
        help="how long answers may take once a signal has come (default: 30)",
    )
    add(
        "--log",
        metavar="FILE",
        help="write the line of each request to a file (default: standard output)",
    )
    add("--log-prompts", action="store_true", help="log what is asked, word for word, too")


def add_view(parser: argparse.ArgumentParser) -> None:
    """All that `view` can be told."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run, such as runs/first")
    parser.add_argument(
        "--port", type=values.count, default=8090, metavar="N", help="port, 0 for any (8090)"
    )


def _keys(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("who may ask ([serve.keys] in redraft.toml has more)")
    group.add_argument(
        "--key-env",
        action="append",
        default=[],
        metavar="VARIABLE",
        help="environment variable that holds a key; may be given many times",
    )
    group.add_argument(
        "--open", action="store_true", help="let everybody ask, from other machines too"
    )
    group.add_argument(
        "--new-key", action="store_true", help="print a new key and its hash, and do nothing else"
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """All that a run can be told, whatever it does."""
    add_calls(parser)
    _output(parser)


def add_calls(parser: argparse.ArgumentParser) -> None:
    """Which model answers, how it is asked, and how much it may say."""
    add_model(parser)
    _vllm(parser)
    _calls(parser)
    _sampling(parser)
    _budgets(parser)


def _problems(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("problems")
    group.add_argument(
        "problems",
        nargs="?",
        metavar="FILE",
        help="JSONL, JSON, CSV, Parquet or an OpenAI batch file; '-' reads standard input",
    )
    group.add_argument(
        "--fields",
        type=values.fields,
        metavar="NAME=FIELD,...",
        help="which field is what, where the usual names do not fit: question=q,answer=a "
        "(names: question, answer, options, id)",
    )
    group.add_argument(
        "--kind",
        type=values.one_of("math", "choice", "text", "code"),
        metavar="KIND",
        help="how answers are compared: math, choice, text or code (default: seen from the fields)",
    )
    group.add_argument(
        "--limit", type=values.whole, metavar="N", help="solve only the first N problems"
    )
    group.add_argument(
        "--on-error",
        type=values.one_of("stop", "skip"),
        metavar="stop|skip",
        help="what to do at a line that cannot be read (default: stop)",
    )


def _recipe(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("recipe")
    group.add_argument(
        "--recipe",
        metavar="NAME",
        help="a name from 'redraft recipes', or your own: module:attribute or file.py:attribute",
    )
    add_knobs(group.add_argument)
    _learning(group.add_argument)
    group.add_argument(
        "--prompts",
        metavar="FOLDER",
        help="your Markdown prompts; one with the name of ours takes its place",
    )
    group.add_argument(
        "--seed", type=values.count, metavar="N", help="seed of the whole run (default: 0)"
    )
    group.add_argument(
        "--job",
        metavar="JOB",
        help="go on with a run, or repeat it with another --out: its job.toml or its folder; "
        "other options change the job",
    )


def _learning(add: Callable[..., object]) -> None:
    """The handbook of a run, and whether it learns."""
    add(
        "--handbook",
        metavar="PATH",
        help="the handbook that the recipe reads, a file or a URL ('redraft handbook build' makes "
        "one); a run that goes on reads the version that it began with",
    )
    add(
        "--learn",
        type=values.one_of("off", "waves", "online"),
        metavar="off|waves|online",
        help="teach the handbook what right solutions are worth: after each wave of problems, so "
        "that the same job does the same again, or while others go on (default: off); an empty "
        "one is made where there is none",
    )
    add(
        "--wave",
        type=values.whole,
        metavar="N",
        help="with --learn: how many problems a wave has (default: 100)",
    )


def add_knobs(add: Callable[..., object]) -> None:
    """`--set KNOB=VALUE`, with the `add_argument` of a parser or of a group."""
    add(
        "--set",
        dest="settings",
        type=values.setting,
        action="append",
        default=[],
        metavar="KNOB=VALUE",
        help="set a knob of the recipe, such as widths=8,4; may be given many times",
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model answers."""
    group = parser.add_argument_group("model (one of --endpoint, --vllm or a redraft.toml)")
    group.add_argument(
        "--endpoint",
        metavar="URL",
        help="an OpenAI-compatible server that runs, such as http://127.0.0.1:8000/v1",
    )
    group.add_argument(
        "--model",
        metavar="NAME",
        help="the model's name on that server",
    )
    group.add_argument(
        "--api-key-env",
        metavar="VARIABLE",
        help="environment variable that holds the server's API key",
    )
    add_config(group.add_argument)
    add_embedder(parser)


def add_config(add: Callable[..., object]) -> None:
    """`--config FILE`, with the `add_argument` of a parser or of a group."""
    add(
        "--config",
        metavar="FILE",
        help="catalog that maps roles to models (default: redraft.toml here, if there is one)",
    )


def add_embedder(parser: argparse.ArgumentParser) -> None:
    """Who embeds texts for a handbook."""
    group = parser.add_argument_group(
        "embedder of a handbook (default: the role embedder of redraft.toml, else words alone)"
    )
    group.add_argument(
        "--embedder",
        metavar="MODEL",
        help="a sentence-transformers model in this process (a folder or a Hugging Face id), or "
        "with --embedder-endpoint the model's name there",
    )
    group.add_argument(
        "--embedder-endpoint",
        metavar="URL",
        help="an OpenAI-compatible server that gives embeddings",
    )


def _vllm(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("vLLM of our own")
    group.add_argument(
        "--vllm",
        metavar="MODEL",
        help="start a vLLM server for this model (a folder, a Hugging Face id, or abacus, which "
        "comes with Redraft), stop it at the end",
    )
    group.add_argument(
        "--vllm-arg",
        dest="vllm_args",
        action="append",
        default=[],
        metavar="ARG",
        help="an argument for 'vllm serve', such as --vllm-arg=--max-model-len=8192; "
        "may be given many times",
    )
    group.add_argument(
        "--in-process",
        action="store_true",
        help="with --vllm: run the engine in this process instead of a server",
    )


def _calls(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("calls")
    group.add_argument(
        "--concurrency",
        type=values.whole,
        metavar="N",
        help="completions in flight, over the whole run (default: 256)",
    )
    group.add_argument(
        "--timeout",
        type=values.seconds,
        metavar="SECONDS",
        help="the longest that one call may take (default: 600)",
    )
    group.add_argument(
        "--retries",
        type=values.count,
        metavar="N",
        help="how often a call is tried again when the server is busy or failing (default: 5)",
    )


def _sampling(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sampling (of every role; [sampling.ROLE] in redraft.toml)")
    group.add_argument("--temperature", type=values.amount, metavar="T")
    group.add_argument("--top-p", type=values.share, metavar="P")
    group.add_argument(
        "--max-tokens", type=values.whole, metavar="N", help="cap of an answer, in tokens"
    )
    group.add_argument(
        "--thinking-tokens",
        type=values.count,
        metavar="N",
        help="cap of the reasoning before an answer, in tokens",
    )


def _budgets(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "budgets (tokens in and out; when one runs out, the best answer so far counts)"
    )
    group.add_argument(
        "--budget-total", type=values.whole, metavar="TOKENS", help="of all calls of a problem"
    )
    group.add_argument(
        "--budget-sequential",
        type=values.whole,
        metavar="TOKENS",
        help="of the longest path of calls that build on each other, per problem",
    )
    group.add_argument("--budget-calls", type=values.whole, metavar="N", help="calls per problem")
    group.add_argument(
        "--budget-seconds", type=values.seconds, metavar="S", help="wall time per problem"
    )
    group.add_argument(
        "--run-budget-total", type=values.whole, metavar="TOKENS", help="of the whole run"
    )


def _output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--out",
        metavar="FOLDER",
        help="folder of the run; if it holds this job already, the job goes on "
        "(default: runs/RECIPE-FILE, with -2, -3, ... for other jobs of that name, and for each "
        "start from standard input)",
    )
    group.add_argument(
        "--price-in",
        type=values.amount,
        metavar="P",
        help="price of a million input tokens, to show what the run costs",
    )
    group.add_argument(
        "--price-out", type=values.amount, metavar="P", help="price of a million output tokens"
    )
    group.add_argument("--quiet", action="store_true", help="no progress, only the summary")
    group.add_argument(
        "--json", action="store_true", help="print the summary as JSON on standard output"
    )
