"""A handbook as a LangGraph store, so that any graph reads it with `store.asearch`; read only.

A handbook is written by its curator, through checks that no store asks for.
"""

import asyncio
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from langgraph.store.base import (
    BaseStore,
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
)

from redraft.core import Embedder, Example, ExampleQuery, InputError, Problem, Query
from redraft.memory import LIVE, Entry, Snapshot, Store, example_key, open_snapshot

BEHAVIORS, EXAMPLES, MISTAKES = ("behaviors",), ("examples",), ("mistakes",)

_Namespace = tuple[str, ...]
_Values = Mapping[_Namespace, Mapping[str, dict[str, Any]]]
# A handbook counts versions and keeps no time with them.
_NO_TIME = datetime.fromtimestamp(0, UTC)
_COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


class HandbookStore(BaseStore):
    """One version of a handbook for `graph.compile(store=...)`. Made by `HandbookStore.of`.

    It has three namespaces: `("behaviors",)` with candidates and active behaviors by name,
    `("examples",)` with solved problems and `("mistakes",)` with wrong attempts. A value holds the
    fields of the behavior or example. With a `query`, a search gives what recipes are shown for a
    problem with that text, the most useful first, without near duplicates and without scores; with
    none, it lists everything by key. `filter` knows `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`.

    All writes raise `InputError`. Items have no times: both are 1970.
    """

    __slots__ = ("_snapshot", "_values")

    def __init__(self, snapshot: Snapshot, values: _Values) -> None:
        self._snapshot = snapshot
        self._values = values

    @classmethod
    async def of(
        cls, store: Store, *, version: int | None = None, embedder: Embedder | None = None
    ) -> "HandbookStore":
        """The handbook in `store` as it stood at `version` (the newest); see `open_snapshot`."""
        number = await store.version() if version is None else version
        snapshot = await open_snapshot(store, version=number, embedder=embedder)
        entries = [entry for entry in await store.entries(number) if entry.status in LIVE]
        examples = await store.examples(number)
        values = {
            BEHAVIORS: {entry.name: _of_entry(entry) for entry in entries},
            EXAMPLES: {_key(one): one.model_dump() for one in examples if not one.wrong},
            MISTAKES: {_key(one): one.model_dump() for one in examples if one.wrong},
        }
        return cls(snapshot, values)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """What `abatch` gives, for nodes that are no coroutines.

        Raises `InputError` inside a running event loop, where it would hold up everything else.
        """
        asked = _only_reads(ops)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(self.abatch(asked))
        raise InputError("this node is a coroutine: read the handbook with asearch and aget")

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out `ops` in order; raises `InputError` for a write, and the embedder's errors."""
        return [await self._done(op) for op in _only_reads(ops)]

    async def _done(self, op: Op) -> Result:
        match op:
            case GetOp(namespace=namespace, key=key):
                value = self._values.get(namespace, {}).get(key)
                return None if value is None else _item(Item, namespace, key, value)
            case SearchOp():
                return await self._search(op)
            case ListNamespacesOp():
                return self._namespaces(op)
            case _:
                raise InvalidNamespaceError(f"not an operation of a store: {op!r}")

    async def _search(self, op: SearchOp) -> list[SearchItem]:
        found: list[SearchItem] = []
        for namespace, values in self._values.items():
            if namespace[: len(op.namespace_prefix)] != op.namespace_prefix:
                continue
            keys = sorted(values)
            if op.query:
                # What is filtered out must not use up the places of others.
                most = len(values) if op.filter else op.offset + op.limit
                keys = await self._recalled(namespace, op.query, most) if values else []
            fitting = (key for key in keys if _fits(values[key], op.filter or {}))
            found += [_item(SearchItem, namespace, key, values[key]) for key in fitting]
        return found[op.offset : op.offset + op.limit]

    async def _recalled(self, namespace: _Namespace, text: str, most: int) -> list[str]:
        problem = Problem(id="search", prompt=text)
        if namespace == BEHAVIORS:
            behaviors = await self._snapshot.recall(problem, Query(most=most))
            return [behavior.name for behavior in behaviors]
        query = ExampleQuery(most=most, mistakes=namespace == MISTAKES)
        return [_key(one) for one in await self._snapshot.examples(problem, query)]

    def _namespaces(self, op: ListNamespacesOp) -> list[_Namespace]:
        matching = [
            namespace[: op.max_depth]
            for namespace, values in self._values.items()
            if values and all(_matches(namespace, one) for one in op.match_conditions or ())
        ]
        return matching[op.offset : op.offset + op.limit]


def _only_reads(ops: Iterable[Op]) -> list[Op]:
    asked = list(ops)
    if any(isinstance(op, PutOp) for op in asked):
        raise InputError(
            "a handbook is only read here; `redraft handbook build` teaches it, and in Python "
            "redraft.memory.propose"
        )
    return asked


def _of_entry(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(include={"name", "instruction", "topic", "status", "version"})


def _key(example: Example) -> str:
    """The problem's key, and for a mistake a hash of the wrong attempt, since there may be many."""
    problem, attempt = example_key(example)
    return f"{problem}-{attempt}" if example.wrong else problem


def _item(
    kind: type[Item] | type[SearchItem], namespace: _Namespace, key: str, value: dict[str, Any]
) -> Any:
    # A copy, so that a node may change what it was given.
    return kind(
        namespace=namespace,
        key=key,
        value=dict(value),
        created_at=_NO_TIME,
        updated_at=_NO_TIME,
    )


def _fits(value: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(_holds(value.get(field), condition) for field, condition in wanted.items())


def _holds(found: Any, condition: Any) -> bool:
    if not isinstance(condition, Mapping):
        return found == condition
    for name, operand in cast(Mapping[str, Any], condition).items():
        compare = _COMPARES.get(name)
        if compare is None:
            raise InputError(f"filter: unknown operator {name!r} (known: {', '.join(_COMPARES)})")
        if found is None or not compare(found, operand):
            return False
    return True


def _matches(namespace: _Namespace, condition: MatchCondition) -> bool:
    path: Sequence[str] = condition.path
    part = namespace[-len(path) :] if condition.match_type == "suffix" else namespace[: len(path)]
    return len(part) == len(path) and all(
        wanted in ("*", label) for wanted, label in zip(path, part, strict=True)
    )
