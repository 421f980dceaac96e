"""A catalog maps roles to models; each mistake in its file is one line that names the key."""

import re
from pathlib import Path

import pytest

from redraft.core import InputError, Message, ModelError, Request, Sampling
from redraft.models import (
    Catalog,
    EndpointSpec,
    Limits,
    LocalEmbedderSpec,
    VLLMSpec,
    load_catalog,
    open_catalog,
    parse_spec,
)
from redraft.testing import MockServer, Traits

ONE = '[models.one]\nendpoint = "http://127.0.0.1:1/v1"\nmodel = "m"\n'
TWO = ONE + ONE.replace("one", "two")
LOCAL = '[models.near]\nsentence_transformers = "a/b"\n'
URL = "http://127.0.0.1:1/v1"


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "redraft.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_documents_example_says_what_it_says(repository: Path, write):
    text = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    catalog = load_catalog(write(example[1]))
    small = EndpointSpec(
        endpoint="http://127.0.0.1:8000/v1",
        model="Qwen/Qwen3-8B",
        api_key_env="OPENAI_API_KEY",
        timeout=600,
    )
    big = VLLMSpec(vllm="Qwen/Qwen3-32B", args=("--max-model-len", "16384"))
    assert catalog.specs() == {"default": small, "critic": big}
    assert catalog.limits == Limits(concurrency=256, retries=5)
    assert catalog.sampling == {
        "actor": Sampling(temperature=1.0, top_p=1.0, max_tokens=4096, thinking_tokens=8192)
    }


def test_the_documents_name_the_message_of_a_mistake(repository: Path, write, monkeypatch):
    text = (repository / "docs" / "configuration.md").read_text(encoding="utf-8")
    path = write(ONE.replace("one", "small") + "timout = 5\n")
    monkeypatch.chdir(path.parent)
    with pytest.raises(InputError) as caught:
        load_catalog(Path("redraft.toml"))
    assert str(caught.value) in text


def test_a_single_model_serves_all(write):
    assert load_catalog(write(ONE)).roles == {"default": "one"}


def test_a_model_named_default_is_it(write):
    text = ONE + ONE.replace("one", "default") + '[roles]\ncritic = "one"\n'
    assert load_catalog(write(text)).roles == {"default": "default", "critic": "one"}


def test_an_agent_of_ones_own_may_have_a_role_of_its_own(write):
    path = write(TWO + '[roles]\ndefault = "one"\nscribe = "two"\n[sampling.scribe]\ntop_p = 0.5\n')
    catalog = load_catalog(path)
    assert catalog.roles["scribe"] == "two"
    assert catalog.sampling["scribe"].top_p == 0.5


def test_the_embedder_is_nobody_who_is_asked(write):
    text = ONE + LOCAL + 'revision = "abc"\n[roles]\nembedder = "near"\n'
    catalog = load_catalog(write(text))
    assert catalog.roles["default"] == "one"
    assert list(catalog.specs()) == list(catalog.prompt_sets()) == ["default"]
    assert catalog.embedder == LocalEmbedderSpec(sentence_transformers="a/b", revision="abc")
    assert load_catalog(write(ONE)).embedder is None
    one = load_catalog(write(ONE + '[roles]\nembedder = "one"\n'))
    assert one.embedder == one.specs()["default"]


def test_a_catalog_takes_another_embedder(write):
    spec = EndpointSpec(endpoint=URL, model="e")
    catalog = load_catalog(write(ONE + '[roles]\nembedder = "one"\n')).with_embedder(spec)
    assert catalog.embedder == spec
    assert catalog.specs() == load_catalog(write(ONE)).specs()


MISTAKES = {
    "": "no model; add [models.NAME]",
    "[models.one\n": "not TOML: Expected ']' at the end of a table declaration (at line 1",
    "x = 1\n" + ONE: "x: not known; known: limits, models, roles, sampling",
    ONE + "[role]\n": "role: not known (did you mean 'roles'?)",
    ONE + "timout = 3\n": "models.one.timout: not known (did you mean 'timeout'?); known: api_key_",
    ONE + "timeout = 0\n": "models.one.timeout: Input should be greater than 0",
    ONE + 'timeout = "soon"\n': "models.one.timeout: Input should be a valid number",
    ONE + 'vllm = "x"\n': 'models.one: give either endpoint = "URL" with model = "NAME", or vllm',
    ONE + "prompts = 3\n": "models.one.prompts: Input should be a valid string",
    "[models.one]\n": "models.one: give either endpoint",
    ONE + 'sentence_transformers = "m"\n': "models.one: give either endpoint",
    LOCAL: "roles.default: 'near' is a sentence-transformers model, which can only be the embedder",
    ONE + LOCAL + '[roles]\ndefault = "one"\ncritic = "near"\n': "roles.critic: 'near' is a",
    ONE + '[models.in]\nvllm = "m"\nengine = "in-process"\n[roles]\nembedder = "in"\n': (
        "roles.embedder: 'in' is a vLLM in this process, which gives no embeddings"
    ),
    ONE + '[roles]\nembeder = "one"\n': "roles.embeder: not known (did you mean 'embedder'?)",
    ONE + LOCAL + "prompts = ''\n": "models.near.prompts: not known",
    '[models]\none = "m"\n': "models.one: give either endpoint",
    "models = 3\n": "models: must be a table",
    '[models.one]\nendpoint = "http://h/v1"\n': "models.one.model: Field required",
    '[models.one]\nendpoint = "h:1"\nmodel = "m"\n': "models.one: 'h:1' is no endpoint",
    '[models.one]\nvllm = "m"\nengine = "rocket"\n': "models.one.engine: Input should be 'server'",
    '[models.one]\nvllm = "m"\nargs = "-x"\n': "models.one.args: Input should be a valid tuple",
    ONE + '[roles]\ncritc = "one"\n': "roles.critc: not known (did you mean 'critic'?); known: ",
    ONE
    + '[roles]\ncritic = "on"\n': "roles.critic: no model 'on' (did you mean 'one'?); known: one",
    ONE + "[roles]\ncritic = 3\n": "roles.critic: no model 3",
    TWO: "roles.default: say which of the models serves the other roles",
    ONE
    + "[limits]\nconcurency = 3\n": "limits.concurency: not known (did you mean 'concurrency'?)",
    ONE + "[limits]\nretries = -1\n": "limits.retries: Input should be greater than or equal to 0",
    ONE + "[sampling.actr]\n": "sampling.actr: not known (did you mean 'actor'?)",
    ONE + "[sampling.actor]\nn = 3\n": "sampling.actor.n: not known",
    ONE + "[sampling.actor]\ntop_p = 1.5\n": "sampling.actor.top_p: Input should be less than or",
    ONE + "[sampling]\nactor = 1\n": "sampling.actor: Input should be",
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.items())
def test_a_mistake_is_one_line(write, text: str, told: str):
    path = write(text)
    with pytest.raises(InputError) as caught:
        load_catalog(path)
    assert f"{path}: {told}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.toml: no such file"):
        load_catalog(tmp_path / "none.toml")
    (tmp_path / "latin").write_bytes(b"# caf\xe9\n")
    with pytest.raises(InputError, match="latin: not TOML: 'utf-8' codec"):
        load_catalog(tmp_path / "latin")


def test_an_endpoint_is_kept_without_what_may_be_secret():
    spec = parse_spec({"endpoint": "http://h:1/?token=secret", "model": "m"}, "here")
    assert isinstance(spec, EndpointSpec)
    assert spec.endpoint == "http://h:1/v1"
    with pytest.raises(InputError, match="here: endpoint at h: give a key") as caught:
        parse_spec({"endpoint": "http://me:secret@h/v1", "model": "m"}, "here")
    assert "secret" not in str(caught.value)


def test_specs_come_back_from_plain_tables():
    catalog = Catalog.of_endpoint(URL, "m", api_key_env="KEY", timeout=5, prompts="compact")
    other = Catalog.of_vllm("folder", in_process=True, args=("--seed", "1"))
    near = LocalEmbedderSpec(sentence_transformers="a/b", device="cpu")
    for spec in (*catalog.specs().values(), *other.specs().values(), near):
        assert parse_spec(spec.model_dump(mode="json", exclude_defaults=True), "here") == spec
    assert other.models["default"].name == "folder"


def ask() -> Request:
    return Request(messages=(Message(role="user", content="x"),))


async def test_each_model_is_opened_once_and_answers(tmp_path: Path):
    async with MockServer(lambda _: "yes", traits=Traits(models=("a", "b"))) as server:
        a, b = (EndpointSpec(endpoint=server.url, model=name) for name in ("a", "b"))
        catalog = Catalog.of_specs({"default": a, "actor": a, "critic": b})
        async with open_catalog(catalog, log=tmp_path / "log") as models:
            assert models["default"] is models["actor"]
            assert {role: model.name for role, model in models.items()} == {
                "default": "a",
                "actor": "a",
                "critic": "b",
            }
            assert (await models["critic"](ask())).choices[0].content == "yes"
        assert [body["model"] for body in server.stats.bodies] == ["b"]


async def test_a_model_that_no_role_uses_is_not_opened(tmp_path: Path):
    async with MockServer() as server:
        used = EndpointSpec(endpoint=server.url, model="mock")
        unused = EndpointSpec(endpoint=URL, model="gone")
        catalog = Catalog(models={"used": used, "unused": unused}, roles={"default": "used"})
        async with open_catalog(catalog, log=tmp_path / "log") as models:
            assert list(models) == ["default"]


async def test_the_key_comes_from_the_environment(tmp_path: Path, monkeypatch):
    async with MockServer(traits=Traits(api_key="s3cret")) as server:
        catalog = Catalog.of_endpoint(server.url, "mock", api_key_env="REDRAFT_TEST_KEY")
        assert "s3cret" not in catalog.model_dump_json()
        monkeypatch.delenv("REDRAFT_TEST_KEY", raising=False)
        with pytest.raises(InputError, match="variable REDRAFT_TEST_KEY is not set"):
            async with open_catalog(catalog, log=tmp_path / "log"):
                pass
        monkeypatch.setenv("REDRAFT_TEST_KEY", "s3cret")
        async with open_catalog(catalog, log=tmp_path / "log") as models:
            await models["default"](ask())


async def test_what_is_wrong_is_told_before_the_run(tmp_path: Path):
    async with MockServer() as server:
        with pytest.raises(InputError, match="did you mean 'mock'"):
            async with open_catalog(Catalog.of_endpoint(server.url, "mok"), log=tmp_path / "log"):
                pass
    with pytest.raises(ModelError, match=r"127\.0\.0\.1:1"):
        async with open_catalog(Catalog.of_endpoint(URL, "m"), log=tmp_path / "log"):
            pass


class FakeVLLM:
    """Stands where vLLM would be started; what a start is told is kept in `started`."""

    started: list[tuple[str, str, tuple[str, ...]]] = []

    def __init__(self, model: str, *, log: Path = Path(), args=(), report=None) -> None:
        self.name = self._model = model
        self.log, self.args = log, args

    def failure(self):
        return None

    async def __aenter__(self):
        self.started.append((self._model, self.log.name, self.args))
        self.server = MockServer(traits=Traits(models=(self._model,), api_key="made-up"))
        await self.server.__aenter__()
        self.url, self.api_key = self.server.url, "made-up"
        return self

    async def __aexit__(self, *error) -> None:
        await self.server.__aexit__(*error)
        self.started.append((self._model, "stopped", ()))


async def test_vllm_is_started_and_stopped(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(FakeVLLM, "started", [])
    monkeypatch.setattr("redraft.models.opening.VLLMServer", FakeVLLM)
    monkeypatch.setattr("redraft.models.opening.VLLMEngine", FakeVLLM)
    one, two = VLLMSpec(vllm="one", args=("-x",)), VLLMSpec(vllm="two")
    inside = VLLMSpec(vllm="inside", engine="in-process")
    catalog = Catalog.of_specs({"default": one, "critic": two, "teacher": inside, "actor": one})
    async with open_catalog(catalog, log=tmp_path / "vllm.log") as models:
        assert models["default"].name == "one"
        assert models["actor"] is models["default"]
        await models["critic"](ask())
        assert models["teacher"].name == "inside"
    assert FakeVLLM.started == [
        ("one", "vllm.log", ("-x",)),
        ("two", "vllm-2.log", ()),
        ("inside", "", ()),
        ("inside", "stopped", ()),
        ("two", "stopped", ()),
        ("one", "stopped", ()),
    ]
