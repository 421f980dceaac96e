"""Every model of ours keeps the contract that ships in `redraft.testing`."""

import pytest

from redraft.core import Budget, Lineage, Message, ModelError, Request
from redraft.models import Account, Endpoint, Gate, Journal, Journaled, Limit, Meter, Retry
from redraft.testing import Counting, Failing, MockServer, ModelContract, Recorded, Scripted, Traits


@pytest.fixture
async def endpoint():
    async with MockServer() as server:
        model = Endpoint(server.url, "mock")
        yield model
        await model.aclose()


class TestEndpointOnVLLM(ModelContract):
    @pytest.fixture
    def model(self, endpoint):
        return endpoint


class TestEndpointOnAnotherServer(ModelContract):
    @pytest.fixture
    async def model(self):
        async with MockServer(traits=Traits(vllm=False, usage=False)) as server:
            model = Endpoint(server.url, "mock")
            yield model
            await model.aclose()


class TestRetryOfLimitOfEndpoint(ModelContract):
    @pytest.fixture
    def model(self, endpoint):
        return Retry(Limit(endpoint, Gate(2)))


class TestJournaled(ModelContract):
    @pytest.fixture
    async def model(self, tmp_path, endpoint):
        async with Journal.open(tmp_path / "journal.sqlite", job="contract") as journal:
            yield Journaled(endpoint, journal)


class TestMeter(ModelContract):
    @pytest.fixture
    def model(self, endpoint):
        return Meter(Journaled(endpoint, None), Account(Budget(total_tokens=100_000)), Lineage())


class TestScripted(ModelContract):
    @pytest.fixture
    def model(self):
        return Scripted(lambda request: "forty-two")


class TestRecorded(ModelContract):
    @pytest.fixture
    def model(self):
        return Recorded({"contract": ["42", "six times seven is 42"]})


class TestCounting(ModelContract):
    @pytest.fixture
    def model(self):
        return Counting(Scripted(lambda request: "forty-two"))


class TestFailingThatHasRecovered(ModelContract):
    @pytest.fixture
    async def model(self):
        model = Failing(ModelError("down"), Scripted(lambda request: "forty-two"), times=1)
        with pytest.raises(ModelError):
            await model(Request(messages=(Message(role="user", content="x"),)))
        return model
