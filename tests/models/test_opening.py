"""A server of ours that dies ends the run at once; somebody else's is asked again."""

import pytest

from redraft.core import EngineError, Message, ModelError, Request
from redraft.models.opening import Served
from redraft.testing import Failing, Scripted

ASK = Request(messages=(Message(role="user", content="?"),))
REFUSED = ModelError("nothing listens", transient=True)


async def test_a_dead_server_says_why_it_died():
    model = Served(Failing(REFUSED, Scripted([])), lambda: EngineError("vLLM ended: no memory"))
    with pytest.raises(EngineError, match="no memory"):
        await model(ASK)


async def test_a_living_servers_error_is_the_calls_own():
    model = Served(Failing(REFUSED, Scripted([])), lambda: None)
    with pytest.raises(ModelError, match="nothing listens"):
        await model(ASK)
