"""The catalog: which model speaks for which role, how each is reached and how it samples.

`redraft.toml` is a catalog that a person writes; docs/configuration.md explains it. Keys come
from the environment alone, so a catalog holds no secrets.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from redraft.core import DEFAULT_ROLE, Sampling, Value
from redraft.models.endpoint import base_url
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


ModelSpec = EndpointSpec | VLLMSpec


class Limits(Value):
    """`concurrency` counts completions in flight over the run, `retries` attempts after the first.

    `None` leaves the choice to the job.
    """

    concurrency: int | None = Field(default=None, gt=0)
    retries: int | None = Field(default=None, ge=0)


class Catalog(Value):
    """Models by a name of the user's, roles by model name, and sampling by role.

    `roles` has `"default"`, which serves every role that has no entry. In `sampling`, only
    `temperature`, `top_p`, `max_tokens` and `thinking_tokens` are ever set.
    """

    models: dict[str, ModelSpec]
    roles: dict[str, str]
    limits: Limits = Limits()
    sampling: dict[str, Sampling] = {}

    @classmethod
    def of_specs(cls, specs: Mapping[str, ModelSpec]) -> Self:
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
        """How the model of each role is reached."""
        return {role: self.models[name] for role, name in self.roles.items()}

    def prompt_sets(self) -> dict[str, str]:
        """The prompt set of each role's model: the one it names, or that a shipped one learnt."""
        return {role: spec.prompts or trained_on(spec.name) for role, spec in self.specs().items()}
