"""Who has a key may ask; nobody else, and nothing says why."""

import httpx2
import openai
import pytest

from redraft.core import InputError
from redraft.server import Key, Serving, digest, key_from, new_key

ALICE, BOB = new_key(), new_key()
KEYS = (Key(name="alice", sha256=digest(ALICE)), Key(name="bob", sha256=digest(BOB)))


def test_new_keys_are_long_and_differ():
    assert ALICE != BOB
    assert min(len(ALICE), len(BOB)) > 40


def test_a_key_of_the_environment_is_held_as_its_hash():
    assert key_from({"KEY": ALICE}, "KEY") == Key(name="KEY", sha256=digest(ALICE))
    with pytest.raises(InputError, match="KEY is not set"):
        key_from({}, "KEY")
    with pytest.raises(InputError, match="shorter than 20"):
        key_from({"KEY": "secret"}, "KEY")


async def test_both_headers_are_read_and_each_key_is_known_by_name(serve):
    served = await serve(serving=Serving(keys=KEYS), key=ALICE)
    await served.ask("mock")
    async with httpx2.AsyncClient() as client:
        reply = await client.get(f"{served.url}/v1/models", headers={"x-api-key": BOB})
    assert reply.status_code == 200
    assert [line["key"] for line in served.lines] == ["alice", "bob"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer no"}, {"x-api-key": ""}])
@pytest.mark.parametrize("path", ["/v1/models", "/active", "/ready", "/metrics", "/nowhere"])
async def test_without_a_key_only_health_is_told(serve, headers, path):
    served = await serve(serving=Serving(keys=KEYS))
    async with httpx2.AsyncClient(headers=headers) as client:
        refused = await client.get(f"{served.url}{path}")
        healthy = await client.get(f"{served.url}/health")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["error"]["code"] == "invalid_api_key"
    assert healthy.json() == {"status": "ok"}


async def test_a_browser_asks_its_user_for_the_key(serve):
    served = await serve(serving=Serving(keys=KEYS))
    async with httpx2.AsyncClient(headers={"accept": "text/html"}) as client:
        asked = await client.get(f"{served.url}/v1/models")
        told = await client.get(f"{served.url}/v1/models", auth=("anybody", ALICE))
        wrong = await client.get(f"{served.url}/v1/models", auth=("anybody", "no"))
    assert asked.headers["www-authenticate"].startswith("Basic")
    assert (asked.status_code, told.status_code, wrong.status_code) == (401, 200, 401)


async def test_a_wrong_key_is_an_authentication_error_to_clients(serve):
    served = await serve(serving=Serving(keys=KEYS), key=new_key())
    with pytest.raises(openai.AuthenticationError):
        await served.ask("mock")
    assert served.upstream.requests == 0


async def test_without_keys_a_server_of_this_machine_answers_to_no_other_name(serve):
    served = await serve(serving=Serving(host="127.0.0.1"))
    async with httpx2.AsyncClient() as client:
        here = await client.get(f"{served.url}/v1/models")
        there = await client.get(f"{served.url}/v1/models", headers={"host": "evil.example:80"})
    assert (here.status_code, there.status_code) == (200, 403)
