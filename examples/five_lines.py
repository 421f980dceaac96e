"""Solve a file of problems from Python: five lines."""

import asyncio

import redraft

model = redraft.Endpoint("http://127.0.0.1:8000/v1", "NAME")
results = asyncio.run(
    redraft.solve("examples/demo/problems.jsonl", recipe="vote", knobs={"n": 4}, models=model)
)
print(results.summary.accuracy)
