"""No body that the API's own description allows, or forbids, makes the server fail."""

import asyncio

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

MODELS = st.sampled_from(["mock", "single", "vote", "critique", "letters", "nobody"])
ROUTES = ["/v1/chat/completions", "/v1/responses", "/v1/embeddings"]


class Letters:
    """Embeds a text as its length, and one."""

    name = "letters"

    async def __call__(self, texts):
        return [[float(len(text)), 1.0] for text in texts]


def asked(url, cases, examples):
    """Send `examples` of `cases`, most to a model that there is; gives the statuses."""
    statuses = set()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases, MODELS)
    def ask(case, model):
        if isinstance(case.body, dict) and isinstance(case.body.get("model"), str):
            case.body["model"] = model
        reply = case.call(base_url=url, timeout=20)
        statuses.add(reply.status_code)
        assert reply.status_code < 500, (case.body, reply.text)
        if reply.status_code >= 400:
            assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
        assert "the server made a mistake" not in reply.text

    ask()
    return statuses


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
async def test_nothing_that_is_sent_makes_the_server_fail(serve, route, mode):
    served = await serve(lambda body: "\\boxed{42}", embedder=Letters())
    async with httpx2.AsyncClient() as client:
        described = (await client.get(f"{served.url}/openapi.json")).json()
    operation = schemathesis.openapi.from_dict(described)[route]["POST"]
    cases = operation.as_strategy(generation_mode=mode)
    statuses = await asyncio.to_thread(asked, served.url, cases, 25)
    assert (200 if mode is GenerationMode.POSITIVE else 400) in statuses
