"""The nearest vectors: exactly among few, nearly so among many, and always the same."""

import numpy as np
import pytest

from redraft.core import InputError
from redraft.memory.embedding import table
from redraft.memory.index import SURE, Vectors

MANY = 20_000


def vectors_of(raw) -> Vectors:
    return Vectors.of(table(raw).astype(np.int16))


def clustered(count: int, spread: float, seed: int = 0) -> np.ndarray:
    """Points around a hundredth as many centres."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(count // 100, 384))
    points = centres[random.integers(0, len(centres), count)]
    return points + spread * random.normal(size=points.shape)


def by_brute_force(vectors: Vectors, vector: np.ndarray, most: int) -> list[int]:
    products = vectors.rows.astype(np.int64) @ vector.astype(np.int64)
    best = np.argsort(-products, kind="stable")
    return [int(place) for place in best[:most] if products[place] > 0]


@pytest.fixture(scope="module")
def many() -> tuple[Vectors, np.ndarray]:
    """Vectors, and twenty more from among the same centres."""
    raw = clustered(MANY + 2_000, spread=1.5)
    return vectors_of(raw[:MANY]), table(raw[MANY::100])


def test_the_nearest_come_first_and_ties_by_place():
    vectors = vectors_of([[0, 1], [3, 1], [1, 0], [-1, 0], [2, 0], [1, 3]])
    [asked] = table([[1, 0]])
    assert vectors.nearest(asked, 6) == [2, 4, 1, 5]
    assert vectors.nearest(asked, 1) == [2]
    assert vectors.nearest(asked, 3) == [2, 4, 1]
    assert vectors.nearest(asked, 10**18) == [2, 4, 1, 5]


def test_of_none_none_is_near():
    empty = Vectors.of(np.zeros((0, 0), np.int16))
    assert empty.nearest(table([[1.0]])[0], 3) == []


def test_among_few_the_answer_is_exact():
    raw = clustered(SURE, spread=3)
    vectors = vectors_of(raw)
    for asked in table(clustered(300, spread=3, seed=1)[:5]):
        assert vectors.nearest(asked, 10) == by_brute_force(vectors, asked, 10)


def test_among_many_hardly_any_is_missed_and_none_is_out_of_order(
    many: tuple[Vectors, np.ndarray],
):
    vectors, asked = many
    shares: list[float] = []
    for vector in asked:
        found, true = vectors.nearest(vector, 10), by_brute_force(vectors, vector, 10)
        order = by_brute_force(vectors, vector, MANY)
        assert sorted(found, key=order.index) == found
        assert len(set(found)) == 10
        shares.append(len(set(found) & set(true)) / 10)
    assert np.mean(shares) >= 0.99
    assert min(shares) >= 0.9


def test_of_many_equal_ones_the_first_are_found():
    vectors = vectors_of(np.ones((SURE + 500, 3)))
    assert vectors.nearest(table([[1, 1, 1]])[0], 3) == [0, 1, 2]


def test_all_are_compared_where_so_many_are_wanted(many: tuple[Vectors, np.ndarray]):
    vectors, [asked, *_] = many
    assert vectors.nearest(asked, MANY) == by_brute_force(vectors, asked, MANY)


def test_the_answer_depends_on_the_vectors_alone(many: tuple[Vectors, np.ndarray]):
    vectors, asked = many
    half = MANY // 2
    part = Vectors(vectors.rows[:half], vectors.codes[:, :half], vectors.planes)
    alone = Vectors.of(vectors.rows[:half].copy())
    for vector in asked:
        assert part.nearest(vector, 10) == alone.nearest(vector, 10)


@pytest.mark.parametrize("length", [1, 3, 700])
def test_vectors_may_have_any_length(length: int):
    raw = np.random.default_rng(length).normal(size=(SURE + 1_000, length))
    vectors = vectors_of(raw)
    assert vectors.nearest(table(raw[5:6])[0], 1) == by_brute_force(vectors, table(raw[5:6])[0], 1)


def test_a_vector_of_another_length_is_a_mistake_of_the_embedder():
    with pytest.raises(InputError, match="vectors of 2 numbers, and made some of 3 under the same"):
        vectors_of([[1, 2, 3]]).nearest(table([[1, 2]])[0], 1)
