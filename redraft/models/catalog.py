"""The catalog: which model speaks for which role, how each is reached and how it samples.

`redraft.toml` is a catalog that a person writes; docs/configuration.md explains it. Keys come
from the environment alone, so a catalog holds no secrets.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from redraft.core import DEFAULT_ROLE, EMBEDDER_ROLE, InputError, Sampling, Value
from redraft.models.endpoint import base_url
from redraft.models.local_embedder import local_name
from redraft.models.shipped import name_of, trained_on

ROLES = (
    DEFAULT_ROLE,
    "actor",
    "critic",
    "verifier",
    "distiller",
    "teacher",
    "strategist",
    "planner",
    EMBEDDER_ROLE,
)


class EndpointSpec(Value):
    """A model at an OpenAI-compatible server that runs. `timeout` bounds a call, in seconds.

    `api_key_env` names the environment variable that holds the server's key, `prompts` the prompt
    set that suits the model.
    """

    endpoint: Annotated[str, AfterValidator(base_url)]
    model: str = Field(min_length=1)
    api_key_env: str | None = Field(default=None, min_length=1)
    timeout: float = Field(default=600.0, gt=0)
    prompts: str = ""

    @property
    def name(self) -> str:
        """The model's name, part of every journal key."""
        return self.model


class VLLMSpec(Value):
    """A model that Redraft runs itself, with vLLM: a folder, a Hugging Face name or a shipped one.

    `engine` is a `vllm serve` of its own or the engine in this process, `args` are arguments as
    `vllm serve` takes them. `timeout` bounds a call to the server, in seconds. `prompts` names the
    prompt set that suits the model.
    """

    vllm: str = Field(min_length=1)
    engine: Literal["server", "in-process"] = "server"
    args: tuple[str, ...] = ()
    timeout: float = Field(default=600.0, gt=0)
    prompts: str = ""

    @property
    def name(self) -> str:
        """The model's name, part of every journal key."""
        return name_of(self.vllm)


class LocalEmbedderSpec(Value):
    """A sentence-transformers model in this process: a folder or a Hugging Face name.

    It can only be the embedder. `revision` is a commit of the name, `device` one of torch's.
    """

    sentence_transformers: str = Field(min_length=1)
    revision: str | None = Field(default=None, min_length=1)
    device: str | None = Field(default=None, min_length=1)

    @property
    def name(self) -> str:
        """The name of the vector space, part of the job."""
        return local_name(self.sentence_transformers, self.revision)


ModelSpec = EndpointSpec | VLLMSpec
EmbedderSpec = ModelSpec | LocalEmbedderSpec


class Limits(Value):
    """`concurrency` counts completions in flight over the run, `retries` attempts after the first.

    `None` leaves the choice to the job.
    """

    concurrency: int | None = Field(default=None, gt=0)
    retries: int | None = Field(default=None, ge=0)


class Catalog(Value):
    """Models by a name of the user's, roles by model name, and sampling by role.

    `roles` has `"default"`, which serves every role that has no entry but `"embedder"`. In
    `sampling`, only `temperature`, `top_p`, `max_tokens` and `thinking_tokens` are ever set.
    Raises `InputError` for a role that its model cannot fill.
    """

    models: dict[str, EmbedderSpec]
    roles: dict[str, str]
    limits: Limits = Limits()
    sampling: dict[str, Sampling] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for role, name in self.roles.items():
            spec = self.models[name]
            if role == EMBEDDER_ROLE:
                if isinstance(spec, VLLMSpec) and spec.engine == "in-process":
                    raise InputError(
                        f"roles.{role}: {name!r} is a vLLM in this process, which gives no "
                        'embeddings; leave out engine = "in-process"'
                    )
            elif isinstance(spec, LocalEmbedderSpec):
                raise InputError(
                    f"roles.{role}: {name!r} is a sentence-transformers model, which can only be "
                    f"the {EMBEDDER_ROLE}"
                )
        return self

    @classmethod
    def of_specs(cls, specs: Mapping[str, EmbedderSpec]) -> Self:
        """A catalog of models by role; `specs` has `"default"`."""
        return cls(models=dict(specs), roles={role: role for role in specs})

    @classmethod
    def of_endpoint(
        cls,
        url: str,
        model: str,
        *,
        api_key_env: str | None = None,
        timeout: float = 600.0,
        prompts: str = "",
    ) -> Self:
        """One model of a running server for every role; raises `InputError` for a bad `url`."""
        spec = EndpointSpec(
            endpoint=url, model=model, api_key_env=api_key_env, timeout=timeout, prompts=prompts
        )
        return cls.of_specs({DEFAULT_ROLE: spec})

    @classmethod
    def of_vllm(
        cls,
        model: str,
        *,
        in_process: bool = False,
        args: tuple[str, ...] = (),
        timeout: float = 600.0,
    ) -> Self:
        """One model that Redraft runs itself for every role."""
        engine = "in-process" if in_process else "server"
        spec = VLLMSpec(vllm=model, engine=engine, args=args, timeout=timeout)
        return cls.of_specs({DEFAULT_ROLE: spec})

    def specs(self) -> dict[str, ModelSpec]:
        """How the model of each role that asks is reached; the embedder is none of them."""
        chosen = {
            role: self.models[name] for role, name in self.roles.items() if role != EMBEDDER_ROLE
        }
        return {
            role: spec for role, spec in chosen.items() if not isinstance(spec, LocalEmbedderSpec)
        }

    @property
    def embedder(self) -> EmbedderSpec | None:
        """How the embedder is reached; `None` for the one that needs no model."""
        name = self.roles.get(EMBEDDER_ROLE)
        return None if name is None else self.models[name]

    def with_embedder(self, spec: EmbedderSpec) -> Self:
        """This catalog with another embedder."""
        models = {**self.models, EMBEDDER_ROLE: spec}
        roles = {**self.roles, EMBEDDER_ROLE: EMBEDDER_ROLE}
        return self.model_validate({**dict(self), "models": models, "roles": roles})

    def prompt_sets(self) -> dict[str, str]:
        """The prompt set of each role's model: the one it names, or that a shipped one learnt."""
        return {role: spec.prompts or trained_on(spec.name) for role, spec in self.specs().items()}
