"""Words are found by their stems, ranked by bm25, and hostile text is only words."""

import pytest

from redraft.memory.lexical import Hit, Lexicon
from redraft.memory.stemming import words

TEXTS = [
    "Draw the height of a triangle before its area.",
    "Write the total as the sum of its parts.",
    "Use similar triangles: equal angles give equal ratios of sides.",
    "Look at the last digit for powers.",
]


@pytest.fixture
def lexicon():
    return Lexicon.of(TEXTS)


def places(hits: list[Hit]) -> list[int]:
    return [hit.place for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("behavior_total_from_parts", ["behavior", "total", "from", "parts"]),
        (r"Find $\frac{3}{4}x$!", ["find", "frac", "3", "4", "x"]),
        ("Größe der Fläche", ["größe", "der", "fläche"]),
        ("cafe\u0301 x\u00b2", ["café", "x2"]),
        ("площадь 三角形", ["площадь", "三角形"]),
        ("∑ = ? \x00 🙂", []),
        ("a" * 50, ["a" * 40, "a" * 10]),
    ],
)
def test_words_are_letters_and_digits_alone(text: str, expected: list[str]):
    assert words(text) == expected


def test_words_of_a_long_text_are_those_of_its_beginning():
    assert words("x " * 50_000) == ["x"] * 10_000


def test_a_word_is_found_by_its_stem(lexicon: Lexicon):
    assert set(places(lexicon.search("a triangle's angle", 9))) == {0, 2}
    assert places(lexicon.search("summing up", 9)) == [1]


def test_case_and_accents_do_not_matter():
    assert places(Lexicon.of(["Résumé", "other"]).search("RESUME", 9)) == [0]


def test_the_text_that_shares_more_comes_first_with_a_higher_score(lexicon: Lexicon):
    hits = lexicon.search("equal sides, equal angles, last digit", 9)
    assert places(hits) == [2, 3]
    assert hits[0].score > hits[1].score > 0


def test_equal_texts_come_in_their_order():
    assert places(Lexicon.of(["one", "two", "two", "two"]).search("two", 2)) == [1, 2]


def test_nothing_shared_is_nothing_found(lexicon: Lexicon):
    assert lexicon.search("xylophone", 9) == []
    assert lexicon.search("∑ ?", 9) == []
    assert Lexicon.of([]).search("triangle", 9) == []


@pytest.mark.parametrize(
    "text",
    [
        'triangle"',
        "triangle AND xylophone",
        "triangle NOT triangle",
        "NEAR(triangle xylophone, 2)",
        "xylo* triangle*",
        "words:triangle",
        "-words : {triangle ^",
        "'; DROP TABLE entry; -- triangle",
        "\x00triangle\x00",
        pytest.param("triangle" + " (" * 50_000, id="long"),
    ],
)
def test_the_syntax_of_queries_is_read_as_words(lexicon: Lexicon, text: str):
    assert set(places(lexicon.search(text, 9))) == {0, 2}
    assert places(lexicon.search("digit", 9)) == [3]


def test_so_many_words_count_and_no_more(lexicon: Lexicon):
    others = " ".join(f"word{number}" for number in range(63))
    assert places(lexicon.search(f"{others} digit", 9)) == [3]
    assert places(lexicon.search(f"{others} word1 word2 digit", 9)) == [3]
    assert lexicon.search(f"{others} another digit", 9) == []


def test_a_word_of_most_texts_is_not_asked_for():
    large = Lexicon.of([f"number n{place}" for place in range(101)])
    small = Lexicon.of([f"number n{place}" for place in range(100)])
    assert large.search("number", 9) == []
    assert places(large.search("number n7", 9)) == [7]
    assert places(small.search("number", 3)) == [0, 1, 2]


def test_strength_grows_with_what_was_found(lexicon: Lexicon):
    assert lexicon.strength([]) == 0
    weak = lexicon.strength(lexicon.search("a", 9))
    strong = lexicon.strength(lexicon.search("last digit of powers", 9))
    assert 0 < weak < strong
    assert strong == 1
