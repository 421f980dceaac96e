"""What any `Memory` must do, whoever keeps it: stable, bounded, without doubles, hard to hurt."""

from collections.abc import Sequence
from typing import Literal

import pytest

from redraft.core import Example, ExampleQuery, Memory, Problem, Query, Retrieval
from redraft.memory.entry import Entry, Use
from redraft.memory.snapshot import open_snapshot

Way = Literal["lexical", "embedding", "hybrid"]
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
SOLVED = [
    Example(
        key="k1", problem="Find the area of a square of side 3.", solution="9", skills=("area",)
    ),
    Example(
        key="k2",
        problem="Find the area of a triangle of base 4 and height 5.",
        solution="10",
        skills=("area", "triangles"),
    ),
    Example(key="k3", problem="Add the digits of 475.", solution="16", skills=("digits",)),
    Example(key="k4", problem="Найди площадь треугольника. 三角形 📐", solution="6"),
    Example(
        key="k1",
        problem="Find the area of a square of side 3.",
        solution="9",
        wrong="12",
        error="logical",
        explanation="It takes the perimeter.",
        skills=("area",),
    ),
    Example(
        key="k5",
        problem="Add the digits of 9 times 9.",
        solution="9",
        wrong="18",
        skills=("digits",),
    ),
]


class MemoryContract:
    """The laws of the port `Memory`.

    Give the subclass the fixtures `memory`, which knows `KNOWN` under `TOPIC` and `SOLVED`, and
    `empty`.
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

    @pytest.mark.parametrize("mistakes", [False, True])
    @pytest.mark.parametrize("way", ["lexical", "embedding", "hybrid"])
    async def test_it_finds_examples_of_the_kind_that_is_asked_for(
        self, memory: Memory, way: Way, mistakes: bool
    ):
        asked = Problem(id="1", prompt="What is the area of a square of side 7?")
        query = ExampleQuery(by=way, mistakes=mistakes)
        one, other = [await memory.examples(asked, query) for _ in range(2)]
        assert list(one) == list(other)
        assert one[0].key == "k1"
        assert all(each in SOLVED and bool(each.wrong) == mistakes for each in one)
        assert len(await memory.examples(asked, query.model_copy(update={"most": 1}))) == 1

    @pytest.mark.parametrize(
        "prompt",
        [
            "Find the area of a square of side 3.",
            "  find the AREA\nof a square, of side 3 ",
        ],
    )
    @pytest.mark.parametrize("skills", [(), ("area",)])
    async def test_it_never_shows_the_problem_itself(
        self, memory: Memory, prompt: str, skills: tuple[str, ...]
    ):
        found = await memory.examples(Problem(id="1", prompt=prompt), ExampleQuery(skills=skills))
        assert [each.key for each in found if each.key == "k1"] == []
        assert found

    async def test_another_number_is_another_problem(self, memory: Memory):
        asked = Problem(id="1", prompt="Find the area of a square of side 30.")
        assert "k1" in {each.key for each in await memory.examples(asked, ExampleQuery())}

    async def test_it_keeps_to_the_skills_that_are_asked_for(self, memory: Memory):
        asked = Problem(id="1", prompt="Which?")
        for seed in range(3):
            query = ExampleQuery(skills=("triangles", "digits"), seed=seed)
            found = await memory.examples(asked, query)
            assert [each.key for each in found] == ["k2", "k3"]
        assert not await memory.examples(asked, ExampleQuery(skills=("magic",)))

    async def test_its_skills_are_a_sorted_list(self, memory: Memory, empty: Memory):
        assert list(await memory.skills()) == ["area", "digits", "triangles"]
        assert not await empty.skills()
        asked = self.problem("the area of a triangle")
        assert not await empty.examples(asked, ExampleQuery())

    @pytest.mark.parametrize("prompt", ["", '"', "x" * 100_000, "\x00", "三角形", "📐👩‍🔬"])
    async def test_no_problem_harms_its_examples(self, memory: Memory, prompt: str):
        for skills in ((), ("area",)):
            asked, query = self.problem(prompt), ExampleQuery(skills=skills)
            assert set(await memory.examples(asked, query)) <= set(SOLVED)


class Listed:
    """A store of one version."""

    id = "contract"
    cache = None

    def __init__(self, entries: Sequence[Entry], solved: Sequence[Example] = ()):
        self.kept = list(entries)
        self.solved = list(solved)

    async def version(self) -> int:
        return 1

    async def entries(self, version: int | None = None) -> list[Entry]:
        return self.kept

    async def uses(self, version: int | None = None) -> list[Use]:
        return []

    async def examples(self, version: int | None = None) -> list[Example]:
        return self.solved


class TestSnapshot(MemoryContract):
    @pytest.fixture
    async def memory(self):
        entries = [Entry(name=n, instruction=i, topic=TOPIC) for n, i in KNOWN.items()]
        return await open_snapshot(Listed(entries, SOLVED))

    @pytest.fixture
    async def empty(self):
        return await open_snapshot(Listed([]))
