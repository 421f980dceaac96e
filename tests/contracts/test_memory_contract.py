"""What any `Memory` must do, whoever keeps it: stable, bounded, without doubles, hard to hurt."""

from collections.abc import Sequence

import pytest

from redraft.core import Memory, Problem, Query, Retrieval
from redraft.memory.entry import Entry, Use
from redraft.memory.snapshot import open_snapshot

WAYS: list[Retrieval] = ["topic", "lexical", "embedding", "hybrid", "worth"]
KNOWN = {
    "behavior_area": "Draw the height of a triangle before its area.",
    "behavior_digit": "Reduce exponents by the cycle of the last digit.",
    "behavior_parts": "Write the total as the sum of its parts.",
    "behavior_similar": "Similar triangles have equal ratios of sides.",
    "behavior_units": "Convert every quantity into one unit first.",
    "behavior_круг": "Найди радиус круга: площадь треугольника мала. 三角形 📐",
}
TOPIC = "geometry"


class MemoryContract:
    """The laws of the port `Memory`.

    Give the subclass the fixtures `memory`, which knows `KNOWN` under `TOPIC`, and `empty`.
    """

    @pytest.fixture(params=WAYS)
    def by(self, request: pytest.FixtureRequest) -> Retrieval:
        return request.param

    def problem(self, prompt: str) -> Problem:
        return Problem(id="1", prompt=prompt, meta={"topic": TOPIC})

    async def test_it_recalls_what_it_knows(self, memory: Memory, by: Retrieval):
        found = await memory.recall(self.problem("the area of a triangle"), Query(by=by))
        assert found
        assert {each.name: each.instruction for each in found}.items() <= KNOWN.items()

    async def test_the_same_question_has_the_same_answer(self, memory: Memory, by: Retrieval):
        for seed in range(3):
            query = Query(by=by, seed=seed)
            one, other = [await memory.recall(self.problem("sum"), query) for _ in range(2)]
            assert list(one) == list(other)

    async def test_its_version_stays(self, memory: Memory, by: Retrieval):
        before = memory.version
        await memory.recall(self.problem("the total"), Query(by=by))
        assert before
        assert memory.version == before

    @pytest.mark.parametrize("most", [1, 2, 100])
    async def test_it_keeps_to_the_bound_and_repeats_nothing(
        self, memory: Memory, by: Retrieval, most: int
    ):
        asked = self.problem("the area of a triangle, the sum of its parts, the last digit")
        for seed in range(5):
            names = [
                each.name for each in await memory.recall(asked, Query(by=by, most=most, seed=seed))
            ]
            assert 1 <= len(names) <= most
            assert len(set(names)) == len(names)

    async def test_an_empty_memory_recalls_nothing(self, empty: Memory, by: Retrieval):
        assert not await empty.recall(self.problem("the area of a triangle"), Query(by=by))
        assert empty.version

    @pytest.mark.parametrize(
        "prompt",
        [
            pytest.param("", id="empty"),
            pytest.param(" \n\t", id="blank"),
            '"',
            "area AND NOT (triangle OR",
            "NEAR(area triangle, 5) ^sum* name:x -y {a b}: +",
            "'; DROP TABLE entry; --",
            "area\x00triangle\x00",
            pytest.param("area " * 20_000, id="long"),
            pytest.param("(" * 100_000, id="brackets"),
            pytest.param("x" * 100_000, id="one-word"),
            pytest.param(" ".join(f"w{n}" for n in range(20_000)), id="many-words"),
            pytest.param("\ufdfa" * 30_000, id="grows-when-normalised"),
            "площадь круга",
            "三角形の面積",
            "مساحة المثلث",
            "📐👩‍🔬",
            "e\u0301\u0301\u0301",
        ],
    )
    async def test_no_problem_harms_it(self, memory: Memory, by: Retrieval, prompt: str):
        found = await memory.recall(self.problem(prompt), Query(by=by))
        assert {each.name for each in found} <= KNOWN.keys()
        assert await memory.recall(self.problem("the area of a triangle"), Query(by=by))

    @pytest.mark.parametrize("by", ["lexical", "hybrid"])
    async def test_it_finds_words_of_any_script(self, memory: Memory, by: Retrieval):
        for prompt in ("РАДИУС", "三角形"):
            names = {each.name for each in await memory.recall(self.problem(prompt), Query(by=by))}
            assert "behavior_круг" in names

    @pytest.mark.parametrize("topic", [None, 3, ["geometry"], {"a": 1}, "unheard of", "\x00"])
    async def test_no_topic_harms_it(self, memory: Memory, by: Retrieval, topic: object):
        asked = Problem(id="1", prompt="area of a triangle", meta={"topic": topic})
        found = await memory.recall(asked, Query(by=by))
        assert {each.name for each in found} <= KNOWN.keys()


class Listed:
    """A store of one version."""

    id = "contract"

    def __init__(self, entries: Sequence[Entry]):
        self.kept = list(entries)

    async def version(self) -> int:
        return 1

    async def entries(self, version: int | None = None) -> list[Entry]:
        return self.kept

    async def uses(self, version: int | None = None) -> list[Use]:
        return []


class TestSnapshot(MemoryContract):
    @pytest.fixture
    async def memory(self):
        entries = [Entry(name=n, instruction=i, topic=TOPIC) for n, i in KNOWN.items()]
        return await open_snapshot(Listed(entries))

    @pytest.fixture
    async def empty(self):
        return await open_snapshot(Listed([]))
