"""The graphs for LangGraph's own server, found as it finds them: through `langgraph.json`."""

import importlib.util
import json
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from redraft.core import RedraftError
from redraft.testing import MockServer
from redraft.testing.faults import http_error

FOLDER = Path(__file__).parents[2] / "examples" / "langgraph_server"
NAMES = json.loads((FOLDER / "langgraph.json").read_text())["graphs"]


@pytest.fixture
async def upstream():
    async with MockServer(lambda _: "Six sevens.\n\\boxed{42}") as server:
        yield server


@pytest.fixture
def graph(upstream, tmp_path, monkeypatch):
    """Gives the graph of a name, over the mock server."""
    written = (FOLDER / "redraft.toml").read_text()
    config = tmp_path / "redraft.toml"
    config.write_text(
        written.replace("http://127.0.0.1:8000/v1", upstream.url).replace('"NAME"', '"mock"')
    )
    monkeypatch.setenv("REDRAFT_CONFIG", str(config))

    def graph(name):
        path, _, variable = NAMES[name].partition(":")
        spec = importlib.util.spec_from_file_location("served_graphs", FOLDER / path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, variable)

    return graph


@pytest.mark.parametrize("name", NAMES)
async def test_a_graph_answers_with_a_message(graph, name):
    served = graph(name)
    told = await served.ainvoke({"messages": [HumanMessage("What is 6 times 7?")]})
    assert [one.type for one in told["messages"]] == ["human", "ai"]
    assert "\\boxed{42}" in told["messages"][-1].text


async def test_earlier_turns_reach_the_model(graph, upstream):
    turns = [HumanMessage("Hello."), AIMessage("Good day."), HumanMessage("What is 6 times 7?")]
    await graph("vote").ainvoke({"messages": turns})
    said = [message["content"] for message in upstream.stats.bodies[-1]["messages"]]
    assert [text for text in said if text in ("Hello.", "Good day.")] == ["Hello.", "Good day."]
    assert "What is 6 times 7?" in said[-1]


async def test_the_nodes_of_the_recipe_can_be_watched(graph):
    asked = {"messages": [HumanMessage("What is 6 times 7?")]}
    served = graph("critique")
    assert {"critique:draft", "critique:tally"} < served.get_graph(xray=True).nodes.keys()
    steps = served.astream(asked, stream_mode="updates", subgraphs=True)
    seen = {node async for _, update in steps for node in update}
    assert {"draft", "tally"} < seen


async def test_a_run_without_an_answer_is_an_error(graph, upstream):
    upstream.order(*[http_error(400, message="too tired")] * 20)
    with pytest.raises(RedraftError, match="too tired"):
        await graph("vote").ainvoke({"messages": [HumanMessage("What is 6 times 7?")]})
