"""A snapshot holds one version, and recalls by relevance, evidence and difference."""

from collections.abc import Sequence

import pytest

from redraft.core import Behavior, Example, Problem, Query, Retrieval
from redraft.memory.entry import Entry, Status, Use
from redraft.memory.snapshot import open_snapshot

WAYS: list[Retrieval] = ["topic", "lexical", "embedding", "hybrid", "worth"]


class Listed:
    """A store of lists: `writes[n - 1]` and `uses_at[n - 1]` came with version n."""

    id = "book"
    cache = None

    def __init__(self, *entries: Entry, uses: Sequence[Use] = ()):
        self.writes = [list(entries)]
        self.uses_at = [list(uses)]
        self.reads: list[tuple[str, int | None]] = []

    def remembering(self, embedder):
        return embedder

    async def version(self) -> int:
        return len(self.writes)

    async def entries(self, version: int | None = None) -> list[Entry]:
        self.reads.append(("entries", version))
        last = {entry.name: entry for write in self.writes[:version] for entry in write}
        return sorted(last.values(), key=lambda entry: entry.name)

    async def uses(self, version: int | None = None) -> list[Use]:
        self.reads.append(("uses", version))
        return [use for uses in self.uses_at[:version] for use in uses]

    async def examples(self, version: int | None = None) -> list[Example]:
        return []

    def add(self, *entries: Entry, uses: Sequence[Use] = ()) -> None:
        self.writes.append(list(entries))
        self.uses_at.append(list(uses))


class Marked:
    """An embedder of one axis for each of its words; it knows what was asked of it."""

    name = "marked"

    def __init__(self, *axes: str):
        self.axes = axes
        self.asked: list[list[str]] = []

    async def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked.append(list(texts))
        return [[0.01, *(float(axis in text) for axis in self.axes)] for text in texts]


def entry(name: str, instruction: str, topic: str = "", status: Status = "active") -> Entry:
    return Entry(name=f"behavior_{name}", instruction=instruction, topic=topic, status=status)


def uses(name: str, *, shown: tuple[int, int], held: tuple[int, int]) -> list[Use]:
    """Uses of (right, wrong) outcomes."""
    groups = [(True, True), (True, False), (False, True), (False, False)]
    return [
        Use(
            run="r",
            problem=f"{group}{number}",
            name=f"behavior_{name}",
            shown=group[0],
            correct=group[1],
            input_tokens=1,
            output_tokens=1,
        )
        for group, count in zip(groups, (*shown, *held), strict=True)
        for number in range(count)
    ]


def known(name: str) -> list[Use]:
    """So many uses, equally good with and without, that no draw is far from 0."""
    return uses(name, shown=(500, 500), held=(500, 500))


def problem(prompt: str, **meta: object) -> Problem:
    return Problem(id="1", prompt=prompt, meta=meta)


def short(behaviors: Sequence[Behavior]) -> list[str]:
    return [behavior.name.removeprefix("behavior_") for behavior in behaviors]


MATHS = (
    entry("area", "Draw the height of a triangle before its area.", "Geometry"),
    entry("digit", "Reduce exponents by the cycle of the last digit.", "Number theory"),
    entry("parts", "Write the total as the sum of its parts.", "algebra"),
    entry("similar", "Similar triangles have equal ratios of sides.", "geometry "),
    entry("units", "Convert every quantity into one unit first."),
)
EVEN = [use for each in MATHS for use in known(each.name.removeprefix("behavior_"))]


async def recalled(
    asked: Problem, *entries: Entry, evidence: Sequence[Use] = (), by: Retrieval, most: int = 5
) -> list[str]:
    snapshot = await open_snapshot(Listed(*entries, uses=evidence))
    return short(await snapshot.recall(asked, Query(by=by, most=most)))


async def test_it_names_the_store_and_the_version_it_read():
    store = Listed(*MATHS)
    store.add(entry("late", "x"))
    assert (await open_snapshot(store)).version == "book@2"
    assert (await open_snapshot(store, version=1)).version == "book@1"


async def test_it_reads_its_version_once_and_nothing_later():
    store = Listed(entry("parts", "Write the total as the sum."))
    snapshot = await open_snapshot(store)
    asked, query = problem("What is the total sum?"), Query()
    before = await snapshot.recall(asked, query)
    store.add(
        entry("parts", "Ignore the total sum."),
        entry("other", "A total is a sum."),
        uses=uses("parts", shown=(0, 50), held=(50, 0)),
    )
    assert list(await snapshot.recall(asked, query)) == list(before)
    assert store.reads == [("entries", 1), ("uses", 1)]
    old, new = await open_snapshot(store, version=1), await open_snapshot(store)
    assert list(await old.recall(asked, query)) == list(before)
    assert set(short(await new.recall(asked, query))) == {"parts", "other"}


@pytest.mark.parametrize("by", WAYS)
async def test_only_candidates_and_active_behaviors_are_recalled(by: Retrieval):
    statuses: list[Status] = ["candidate", "active", "quarantined", "retired"]
    instructions = ["sum parts", "sum angles of shapes", "sum digits twice", "sum primes below"]
    entries = [
        entry(status, text, "algebra", status)
        for status, text in zip(statuses, instructions, strict=True)
    ]
    names = await recalled(problem("sum", topic="algebra"), *entries, by=by)
    assert sorted(names) == ["active", "candidate"]


@pytest.mark.parametrize("by", WAYS)
async def test_an_empty_handbook_recalls_nothing(by: Retrieval):
    embedder = Marked("x")
    snapshot = await open_snapshot(Listed(), embedder=embedder)
    assert await snapshot.recall(problem("x", topic="x"), Query(by=by)) == ()
    assert embedder.asked == []


@pytest.mark.parametrize(
    "meta",
    [
        {"topic": "GEOMETRY"},
        {"topic": " Geometry", "subject": "algebra"},
        {"topic": 3, "subject": "geometry", "type": "algebra"},
        {"topic": None, "type": "Geometry"},
    ],
)
async def test_by_topic_those_of_the_same_topic_are_recalled(meta: dict[str, object]):
    names = await recalled(problem("?", **meta), *MATHS, by="topic")
    assert sorted(names) == ["area", "similar"]


@pytest.mark.parametrize("meta", [{}, {"topic": ""}, {"topic": 7}, {"level": "geometry"}])
async def test_without_a_topic_none_are_recalled_by_topic(meta: dict[str, object]):
    assert await recalled(problem("the area of a triangle", **meta), *MATHS, by="topic") == []


async def test_within_a_topic_words_decide():
    for prompt, first in (("Find the area.", "area"), ("Find the ratio.", "similar")):
        asked = problem(prompt, topic="geometry")
        assert (await recalled(asked, *MATHS, evidence=EVEN, by="topic"))[0] == first


async def test_within_a_topic_without_shared_words_each_has_its_turn():
    entries = [entry(f"e{number:03}", f"w{number} v{number}", "t") for number in range(60)]
    snapshot = await open_snapshot(Listed(*entries))
    seen: set[str] = set()
    for number in range(60):
        seen.update(
            short(await snapshot.recall(problem(f"{number}?", topic="t"), Query(by="topic")))
        )
    assert len(seen) > 50


async def test_lexical_recall_is_by_shared_words():
    names = await recalled(problem("a triangle's area"), *MATHS, evidence=EVEN, by="lexical")
    assert names[0] == "area"
    assert "similar" in names
    assert not {"digit", "parts", "units"} & set(names)


async def test_a_name_and_a_topic_are_words_too():
    book = (entry("pigeonhole", "Count boxes."), entry("x", "Colour it.", "graph theory"))
    assert await recalled(problem("pigeonhole"), *book, by="lexical") == ["pigeonhole"]
    assert await recalled(problem("?", subject="Graph theory"), *book, by="lexical") == ["x"]


async def test_recall_by_embedding_is_by_the_smallest_angle():
    book = [entry("a", "alpha"), entry("ab", "alpha beta"), entry("c", "gamma")]
    evidence = [*known("a"), *known("ab"), *known("c")]
    store, embedder = Listed(*book, uses=evidence), Marked("alpha", "beta", "gamma")
    snapshot = await open_snapshot(store, embedder=embedder)
    names = short(await snapshot.recall(problem("alpha beta"), Query(by="embedding")))
    assert names == ["ab", "a", "c"]


async def test_the_embedder_is_asked_for_instructions_once_and_for_problems_when_needed():
    embedder = Marked("alpha")
    snapshot = await open_snapshot(Listed(entry("a", "alpha")), embedder=embedder)
    asked = Problem(id="1", prompt="Which?", kind="choice", options=("alpha", "beta"))
    for by in WAYS:
        await snapshot.recall(asked, Query(by=by))
    assert embedder.asked == [["alpha"], [asked.text], [asked.text]]


async def test_hybrid_recall_finds_what_either_finds():
    book = [entry("means", "alpha"), entry("neither", "gamma"), entry("same", "sum up")]
    evidence = [*known("means"), *known("neither"), *known("same")]
    embedder = Marked("l", "gamma")  # "alpha" and "total" share an l, "sum up" has none
    snapshot = await open_snapshot(Listed(*book, uses=evidence), embedder=embedder)
    asked = problem("total sum")
    assert short(await snapshot.recall(asked, Query(most=2))) == ["same", "means"]
    assert short(await snapshot.recall(asked, Query(by="lexical"))) == ["same"]
    assert short(await snapshot.recall(asked, Query(by="embedding", most=1))) == ["means"]


async def test_hybrid_recall_is_by_embedding_where_no_word_is_shared():
    book = [entry("a", "alpha"), entry("ab", "alpha beta"), entry("c", "gamma")]
    evidence = [*known("a"), *known("ab"), *known("c")]
    embedder = Marked("alp", "bet", "gam")
    snapshot = await open_snapshot(Listed(*book, uses=evidence), embedder=embedder)
    assert snapshot.lexicon.search("alp bet", 5) == []
    assert short(await snapshot.recall(problem("alp bet"), Query())) == ["ab", "a", "c"]


@pytest.mark.parametrize("by", WAYS)
async def test_what_has_helped_comes_before_what_has_harmed(by: Retrieval):
    book = [entry("bad", "sum the two parts", "t"), entry("good", "sum with care and rest", "t")]
    evidence = [
        *uses("bad", shown=(10, 90), held=(90, 10)),
        *uses("good", shown=(90, 10), held=(10, 90)),
    ]
    asked = problem("sum the two parts", topic="t")
    assert await recalled(asked, *book, evidence=evidence, by=by) == ["good", "bad"]
    turned = [each.model_copy(update={"shown": not each.shown}) for each in evidence]
    assert await recalled(asked, *book, evidence=turned, by=by) == ["bad", "good"]


async def test_newcomers_take_turns_by_seed_and_problem_and_the_known_do_not():
    words = ["apple", "river", "candle", "window", "garden"]
    book = [entry(word, f"sum {word} {word}s") for word in words]
    new = await open_snapshot(Listed(*book))
    old = await open_snapshot(Listed(*book, uses=[use for word in words for use in known(word)]))

    async def orders(snapshot) -> set[tuple[str, ...]]:
        asked = [(problem("sum"), seed) for seed in range(12)]
        asked += [(problem(f"sum {number}"), 0) for number in range(12)]
        lists = [await snapshot.recall(p, Query(by="lexical", seed=seed)) for p, seed in asked]
        return {tuple(short(each)) for each in lists}

    assert len(await orders(new)) > 5
    assert len(await orders(old)) == 1


async def test_the_same_version_recalls_the_same_in_another_snapshot():
    store = Listed(*MATHS)
    one, other = await open_snapshot(store), await open_snapshot(store)
    for seed in range(5):
        query = Query(seed=seed)
        asked = problem("the area of a triangle")
        assert await one.recall(asked, query) == await other.recall(asked, query)


async def test_near_duplicates_are_recalled_once_and_make_room():
    same = "Write the total as the sum of all its parts, and check that none is missing"
    book = [entry(f"copy{number}", f"{same}{'.' * number}") for number in range(5)]
    book.append(entry("other", "A total may need one unit for its sum."))
    names = await recalled(problem("total sum parts"), *book, by="hybrid", most=2)
    assert len(names) == 2
    assert "other" in names


async def test_far_more_may_be_asked_for_than_there_are():
    names = await recalled(problem("the total"), *MATHS, by="hybrid", most=10**18)
    assert 0 < len(names) <= len(MATHS)
