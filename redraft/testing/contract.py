"""What every `Model`, `Checker` and `Embedder` must do, as test classes to inherit from.

Give the subclass a pytest fixture called `model`, `checker` or `embedder` (and pytest-asyncio in
auto mode):

    class TestMyModel(ModelContract):
        @pytest.fixture
        def model(self): return MyModel()
"""

import asyncio
import math
from collections.abc import Sequence

from redraft.core import Checker, Embedder, Message, Model, Origin, Problem, Request, Sampling

_TEXTS = ("Similar triangles have equal ratios.", "Reduce the exponent first.", "площадь круга")
_ALIKE = 0.999


class ModelContract:
    """The laws of the port `Model`; the model under test must be able to answer any prompt."""

    async def test_it_has_a_name_that_stays(self, model: Model) -> None:
        """The name is part of every journal key."""
        before = model.name
        await model(_request())
        assert before
        assert model.name == before

    async def test_it_gives_as_many_choices_as_are_asked_for(self, model: Model) -> None:
        """One request carries all completions of a prompt."""
        for n in (1, 3):
            assert len((await model(_request(n=n))).choices) == n

    async def test_its_reply_names_it(self, model: Model) -> None:
        """Records say which model wrote what."""
        reply = await model(_request())
        assert reply.model == model.name
        assert reply.seconds >= 0

    async def test_the_choices_tokens_add_up_to_the_calls(self, model: Model) -> None:
        """Nothing is counted twice and nothing is lost."""
        reply = await model(_request(n=3))
        assert sum(choice.output_tokens for choice in reply.choices) == reply.usage.output
        assert all(choice.output_tokens >= 0 for choice in reply.choices)
        assert 0 <= reply.usage.reasoning <= reply.usage.output
        assert 0 <= reply.usage.cached <= reply.usage.input

    async def test_it_counts_prompts_before_they_are_sent(self, model: Model) -> None:
        """A budget binds before the call, so the count may not be too low."""
        request = _request()
        count = await model.count(request)
        assert count >= 1
        assert count >= (await model(request)).usage.input
        assert await model.count(_request("why? " * 100)) > count

    async def test_who_asks_does_not_matter(self, model: Model) -> None:
        """`origin` is for journal and meter alone."""
        origin = Origin(problem="another", agent="critic", role="critic", sequential=7)
        asked = _request().model_copy(update={"origin": origin})
        assert await model.count(asked) == await model.count(_request())

    async def test_it_leaves_the_request_as_it_is(self, model: Model) -> None:
        """Requests are shared between a call, its retry and the journal."""
        request = _request(n=2)
        before = request.model_dump_json()
        await model(request)
        assert request.model_dump_json() == before

    async def test_a_cancelled_call_leaves_it_usable(self, model: Model) -> None:
        """Calls that are no longer needed are cancelled at any moment."""
        for turns in range(4):
            call = asyncio.create_task(_ask(model))
            for _ in range(turns):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.wait([call])
        assert len((await model(_request())).choices) == 1

    async def test_calls_may_overlap(self, model: Model) -> None:
        """One model serves many problems at once."""
        sizes = (1, 2, 3, 2, 1)
        replies = await asyncio.gather(*(model(_request(n=n)) for n in sizes))
        assert tuple(len(reply.choices) for reply in replies) == sizes


class CheckerContract:
    """The laws of the port `Checker`, for one that compares answers with a gold answer."""

    async def test_the_gold_answer_passes(self, checker: Checker) -> None:
        """Whatever is right is equal to itself."""
        verdict = await checker(_problem("42"), "42")
        assert verdict.outcome == "passed"
        assert verdict.score in (None, 1.0)

    async def test_another_answer_fails(self, checker: Checker) -> None:
        """A wrong answer is not merely undecided."""
        assert (await checker(_problem("42"), "41")).outcome == "failed"

    async def test_without_a_gold_answer_nothing_is_decided(self, checker: Checker) -> None:
        """Unknown is not wrong."""
        assert (await checker(_problem(None), "42")).outcome == "unknown"

    async def test_any_text_gets_a_verdict(self, checker: Checker) -> None:
        """Answers are model output: hostile, endless, or nonsense."""
        for text in ("", "\\boxed{", "{{{" * 5_000, "\x00", "9^" * 2_000 + "9", "\ud7ff"):
            assert (await checker(_problem("42"), text)).outcome in ("failed", "unknown")

    async def test_checks_may_overlap(self, checker: Checker) -> None:
        """One checker serves all problems in flight."""
        answers = ("42", "41", "42")
        verdicts = await asyncio.gather(*(checker(_problem("42"), answer) for answer in answers))
        assert [verdict.outcome for verdict in verdicts] == ["passed", "failed", "passed"]


class EmbedderContract:
    """The laws of the port `Embedder`."""

    async def test_it_has_a_name_that_stays(self, embedder: Embedder) -> None:
        """The name says which vectors may be compared."""
        before = embedder.name
        await embedder(_TEXTS)
        assert before
        assert embedder.name == before

    async def test_every_text_has_a_vector_in_its_place(self, embedder: Embedder) -> None:
        """Vectors are told apart by their place alone."""
        together = await embedder(_TEXTS)
        turned = await embedder(_TEXTS[::-1])
        assert len(together) == len(_TEXTS)
        for i, text in enumerate(_TEXTS):
            alone = (await embedder([text]))[0]
            alike = [_cosine(alone, one) > _ALIKE for one in together]
            assert alike == [i == place for place in range(len(_TEXTS))]
            assert _cosine(alone, turned[-1 - i]) > _ALIKE

    async def test_all_vectors_have_one_length_however_many_there_are(
        self, embedder: Embedder
    ) -> None:
        """A handbook has thousands of texts, a problem is one."""
        texts = [f"{text} {number}" for number in range(70) for text in _TEXTS]
        vectors = [*await embedder(texts), *await embedder(texts[-1:])]
        assert len(vectors) == len(texts) + 1
        assert len({len(vector) for vector in vectors}) == 1
        assert _cosine(vectors[-1], vectors[-2]) > _ALIKE

    async def test_no_texts_have_no_vectors(self, embedder: Embedder) -> None:
        """A handbook may be empty."""
        assert not list(await embedder([]))

    async def test_any_text_has_a_vector_with_a_direction(self, embedder: Embedder) -> None:
        """Problems are what somebody sends: empty, endless, or nonsense."""
        odd = ("", " \n\t", "\x00", "word " * 20_000, "(" * 100_000, "\u0651\u0301", "三角形 📐")
        for text in odd:
            (vector,) = await embedder([text])
            assert all(map(math.isfinite, vector))
            assert any(vector)

    async def test_calls_may_overlap_and_be_cancelled(self, embedder: Embedder) -> None:
        """One embedder serves all problems in flight."""
        dropped = asyncio.ensure_future(embedder(_TEXTS))
        await asyncio.sleep(0)
        dropped.cancel()
        calls = await asyncio.gather(*(embedder([text]) for text in _TEXTS))
        alone = [await embedder([text]) for text in _TEXTS]
        for (one,), (other,) in zip(calls, alone, strict=True):
            assert _cosine(one, other) > _ALIKE


def _problem(gold: str | None) -> Problem:
    return Problem(id="contract", prompt="What is 6 times 7?", answer=gold)


async def _ask(model: Model) -> None:
    await model(_request())


def _request(text: str = "What is 6 times 7?", n: int = 1) -> Request:
    return Request(
        messages=(Message(role="user", content=text),),
        sampling=Sampling(n=n, seed=1, max_tokens=16),
        origin=Origin(problem="contract"),
    )


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))
