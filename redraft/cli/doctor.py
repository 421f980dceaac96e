"""`redraft doctor`: what this machine can run, as a table with what to do about the rest."""

import shutil
import textwrap
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack

from redraft.cli import signals
from redraft.cli.model_options import read_embedding_endpoint, read_endpoints
from redraft.cli.terminal import one_line
from redraft.models import Finding, examine

_MARKS = {"ok": "ok", "warn": "!", "missing": "-"}


def doctor(options: Namespace) -> int:
    """Print the findings; returns 0 if a batch could run."""
    findings = signals.run(_examine(options))
    width = shutil.get_terminal_size((96, 24)).columns
    print("\n".join(table(findings, width)))
    verdict, status = judge(findings)
    print(f"\n{verdict}")
    return status


async def _examine(options: Namespace) -> list[Finding]:
    endpoints, embedder = read_endpoints(options), read_embedding_endpoint(options)
    async with AsyncExitStack() as stack:
        for one in (*endpoints, *([embedder] if embedder is not None else [])):
            stack.push_async_callback(one.aclose)
        return await examine(endpoints, embedder)


def table(findings: Sequence[Finding], width: int) -> list[str]:
    """One row a finding, its advice under it, wrapped to `width` columns."""
    left = max(len(finding.name) for finding in findings)
    indent = " " * (left + 6)
    lines: list[str] = []
    for finding in findings:
        start = f"{_MARKS[finding.status]:<3} {finding.name:<{left}}  "
        lines += _wrapped(start, one_line(finding.detail), indent, width)
        if finding.advice:
            lines += _wrapped(f"{indent}-> ", one_line(finding.advice), f"{indent}   ", width)
    return lines


def _wrapped(start: str, text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=start,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def judge(findings: Sequence[Finding]) -> tuple[str, int]:
    """Whether a batch could run, in words and as an exit status."""
    status = {finding.name: finding.status for finding in findings}
    endpoints = {name: found for name, found in status.items() if name.startswith("endpoint ")}
    down = [name for name, found in endpoints.items() if found != "ok"]
    if status.get("python") != "ok":
        return "A batch cannot run with this Python.", 1
    if down:
        return f"A batch cannot run before this is put right: {', '.join(down)}.", 1
    if endpoints:
        return "A batch can run.", 0
    if status.get("vllm") == "ok":
        return (
            "A batch can run, with --vllm MODEL; name a server with --endpoint URL to check it.",
            0,
        )
    return "A batch cannot run: no server was named (--endpoint URL), and vLLM is not installed.", 1
