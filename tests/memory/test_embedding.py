"""The default embedder gives stable unit vectors; a table's products are exact."""

import numpy as np
import pytest

from redraft.memory.embedding import HashedWords, table


async def vectors(*texts: str) -> np.ndarray:
    return np.asarray(await HashedWords()(texts), dtype=np.float64)


async def cosine(one: str, other: str) -> float:
    first, second = await vectors(one, other)
    return float(first @ second)


@pytest.mark.parametrize(
    "text",
    [
        "Add the parts.",
        pytest.param("a" * 100_000, id="long"),
        pytest.param("", id="empty"),
        "∑ = ?",
        "\x00",
        "三角形",
        "\ud800",
        "the of a",
    ],
)
async def test_any_text_has_a_vector_of_length_1(text: str):
    [vector] = await HashedWords()([text])
    assert len(vector) == 384
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)
    assert [float(np.float32(value)) for value in vector] == list(vector)


async def test_no_texts_have_no_vectors():
    assert list(await HashedWords()([])) == []


def test_the_name_says_how_long_vectors_are():
    assert HashedWords().name == "hashed-words-384"


async def test_vectors_are_the_same_in_every_process():
    [vector] = await vectors("Add the parts.")
    found = {int(place): vector[place] for place in np.flatnonzero(vector)}
    third = 3**-0.5
    assert found == pytest.approx({62: -third, 373: -third, 380: third}, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Adding triangles", "adds TRIANGLE"),
        ("divided classes", "divide class"),
        ("the area of a circle", "area circle"),
        ("behavior_sum", "behavior: sum"),
    ],
)
async def test_forms_of_a_word_and_function_words_make_no_difference(one: str, other: str):
    assert await cosine(one, other) == pytest.approx(1, abs=1e-6)


async def test_texts_are_as_alike_as_their_words():
    asked = "Find the area of the triangle with base 6 and height 4"
    near = await cosine(asked, "Triangle: area is half the base times the height")
    far = await cosine(asked, "Reduce exponents modulo the order before powers")
    assert near > 0.25
    assert abs(far) < 0.15


async def test_neighbouring_words_count():
    one, other = "prime factor, square root", "prime root, square factor"
    assert 0.4 < await cosine(one, other) < 0.8


async def test_a_repeated_word_does_not_drown_the_others():
    assert await cosine("parts share", f"parts share {'total ' * 100}") > 0.15


async def test_texts_without_words_are_not_all_alike():
    assert abs(await cosine("∑ = ?", "+ +")) < 1
    assert await cosine("∑ = ?", "∑ = ?") == pytest.approx(1, abs=1e-6)


async def test_a_text_has_one_vector_among_few_and_among_many():
    text = "Find the area of the triangle"
    [alone] = await HashedWords()([text])
    *_, among = await HashedWords()([*["other words"] * 1_000, text])
    assert list(alone) == list(among)


def test_a_table_keeps_cosines():
    raw = np.random.default_rng(0).normal(size=(40, 96))
    rows = table(raw.tolist()) / 4_000
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    assert np.abs(rows @ rows.T - unit @ unit.T).max() < 5e-4


@pytest.mark.parametrize("dimensions", [1, 3, 384, 4096])
def test_products_of_a_table_do_not_depend_on_the_order_of_sums(dimensions: int):
    raw = np.random.default_rng(dimensions).normal(size=(3, dimensions)) * 1e3
    rows = table([*raw.tolist(), raw[0].tolist()])
    exact = rows.astype(np.int64) @ rows.astype(np.int64).T
    turned = rows[:, ::-1].copy()
    assert rows.dtype == np.float32
    assert (rows @ rows.T == exact).all()
    assert (turned @ turned.T == exact).all()
    assert np.abs(exact).max() < 2**24
