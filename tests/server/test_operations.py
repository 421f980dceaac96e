"""How the server is doing: readiness, numbers, one line for each request, safe headers."""

import httpx2
import openai
import pytest

from redraft.core import Budget
from redraft.server import Furnishing, Offer, ServeLog, Serving
from redraft.server.guard import Watch
from redraft.testing import http_error


async def get(url, **headers):
    async with httpx2.AsyncClient() as client:
        return await client.get(url, headers=headers)


async def test_ready_says_whether_the_models_answer(serve):
    served = await serve()
    assert (await get(f"{served.url}/ready")).json() == {"status": "ready"}
    await served.upstream.__aexit__(None, None, None)
    reply = await get(f"{served.url}/ready")
    assert reply.status_code == 503
    assert "nothing listens" in reply.json()["models"]["mock"]
    assert (await get(f"{served.url}/health")).status_code == 200


async def test_numbers_count_requests_and_tokens_by_model(serve):
    served = await serve()
    reply = await served.ask("vote")
    with pytest.raises(openai.NotFoundError):
        await served.ask("made-up-by-a-client")
    text = (await get(f"{served.url}/metrics")).text
    assert 'redraft_requests_total{model="vote",status="200"} 1.0' in text
    assert 'redraft_requests_total{model="",status="404"} 1.0' in text
    assert "made-up" not in text
    usage = reply.usage
    assert f'redraft_tokens_total{{kind="input",model="vote"}} {usage.prompt_tokens}.0' in text
    assert 'redraft_first_piece_seconds_count{model="vote"} 1.0' in text
    assert 'redraft_request_seconds_count{model="vote"} 1.0' in text
    assert "redraft_active 0.0" in text


async def test_each_request_has_a_line_without_its_words(serve):
    served = await serve(faults=[http_error(503)])
    stream = await served.ask("mock", "Hush!", stream=True)
    with pytest.raises(openai.APIError):
        async for _ in stream:
            pass
    reply = await served.ask("mock", "Hush!")
    await get(f"{served.url}/health")
    failed, answered = served.lines
    assert (failed["status"], "HTTP 503" in failed["error"]) == (503, True)
    assert answered["model"] == "mock"
    assert answered["status"] == 200
    assert answered["input"] == reply.usage.prompt_tokens
    assert answered["output"] == reply.usage.completion_tokens
    assert answered["seconds"] >= answered["first_seconds"] >= 0
    assert "Hush" not in str(served.lines)


@pytest.mark.parametrize(("more", "status"), [(True, 499), (False, 200)])
async def test_a_stream_that_is_left_while_a_piece_is_sent_has_no_good_status(more, status):
    heard = []

    async def streams(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"piece", "more_body": more})

    async def takes(message):
        pass

    watch = Watch(streams, lambda turn, method, path, status: heard.append(status))
    await watch({"type": "http", "method": "GET", "path": "/", "headers": []}, None, takes)
    assert heard == [status]


async def test_words_are_logged_where_that_is_asked_for(serve):
    served = await serve(serving=Serving(log=ServeLog(prompts=True)))
    await served.ask("mock", "Say it.")
    assert served.lines[0]["messages"] == [{"role": "user", "content": "Say it."}]


async def test_a_request_keeps_its_id_and_answers_are_not_sniffed_framed_or_kept(serve):
    served = await serve()
    own = await get(f"{served.url}/v1/models", **{"x-request-id": "mine-1"})
    ours = await get(f"{served.url}/nowhere", **{"x-request-id": "no good"})
    assert own.headers["x-request-id"] == "mine-1"
    assert ours.headers["x-request-id"].startswith("req-")
    assert [line["id"] for line in served.lines] == ["mine-1", ours.headers["x-request-id"]]
    for reply in (own, ours):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        assert reply.headers["cache-control"] == "no-store"


async def test_pages_elsewhere_may_not_ask_unless_they_are_named(serve):
    closed = await serve()
    assert (
        "access-control-allow-origin"
        not in (await get(f"{closed.url}/v1/models", origin="http://a.example")).headers
    )
    opened = await serve(serving=Serving(origins=("http://a.example",)))
    for origin, allowed in (("http://a.example", "http://a.example"), ("http://b.example", None)):
        reply = await get(f"{opened.url}/v1/models", origin=origin)
        assert reply.headers.get("access-control-allow-origin") == allowed
    async with httpx2.AsyncClient() as client:
        asked = await client.options(
            f"{opened.url}/v1/chat/completions",
            headers={
                "origin": "http://a.example",
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            },
        )
    assert asked.status_code == 200


async def test_a_recipe_that_studies_solutions_is_offered_where_it_is_named(serve):
    teacher = Offer(name="teacher", description="", recipe="learn")
    served = await serve(furnishing=Furnishing(recipes=("explain",), offers=(teacher,)))
    listed = {model.id async for model in await served.client.models.list()}
    assert listed == {"explain", "teacher", "mock"}


async def test_only_what_is_offered_can_be_had_and_within_the_servers_budget(serve):
    high = Offer(name="high", description="", recipe="vote", budget=Budget(calls=7))
    furnishing = Furnishing(recipes=("vote",), offers=(high,), budget=Budget(calls=1, seconds=60))
    served = await serve(furnishing=furnishing)
    listed = {model.id async for model in await served.client.models.list()}
    assert listed == {"vote", "high", "mock"}
    with pytest.raises(openai.BadRequestError, match="does not offer recipe 'pdr'"):
        await served.ask("mock", extra_body={"redraft": {"recipe": "pdr"}})
    budgets = {offer.name: offer.budget for offer in served.operations.service.offers}
    assert budgets["vote"] == budgets["mock"] == Budget(calls=1, seconds=60)
    assert budgets["high"] == Budget(calls=7, seconds=60)
