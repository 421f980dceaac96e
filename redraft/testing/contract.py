"""What every `Model` and every `Checker` must do, as test classes to inherit from.

Give the subclass a pytest fixture called `model` or `checker` (and pytest-asyncio in auto mode):

    class TestMyModel(ModelContract):
        @pytest.fixture
        def model(self): return MyModel()
"""

import asyncio

from redraft.core import Checker, Message, Model, Origin, Problem, Request, Sampling


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
