"""Which models answer: one of `--endpoint` and `--vllm`, a catalog file, or what a job had."""

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from redraft.agents import load_prompts
from redraft.core import DEFAULT_ROLE, EMBEDDER_ROLE, InputError
from redraft.jobs import Job
from redraft.models import (
    Catalog,
    EmbedderSpec,
    EmbeddingEndpoint,
    Endpoint,
    EndpointSpec,
    LocalEmbedderSpec,
    load_catalog,
    parse_spec,
)

CONFIG = Path("redraft.toml")
_WAYS = "--endpoint URL --model NAME, --vllm MODEL, or a redraft.toml (see docs/configuration.md)"


def read_catalog(options: Namespace, old: Job | None) -> Catalog:
    """The models of a run; raises `InputError` where none is given, or options do not agree."""
    _check(options)
    if options.endpoint is not None:
        catalog = _of_endpoint(options, old)
    elif options.vllm is not None:
        catalog = Catalog.of_vllm(
            options.vllm, in_process=options.in_process, args=tuple(options.vllm_args)
        )
    elif options.config is None and old is not None:
        catalog = _of_job(old)
    else:
        found = _of_file(options)
        if found is None:
            raise InputError(f"no model: give {_WAYS}")
        catalog = found
    spec = _embedder_of(options, old)
    catalog = catalog if spec is None else catalog.with_embedder(spec)
    return catalog if options.timeout is None else _with_timeout(catalog, options.timeout)


def specs_of(catalog: Catalog) -> dict[str, dict[str, object]]:
    """How a job file keeps the models: by role, with the name that counts as `model`."""
    specs: dict[str, EmbedderSpec] = {**catalog.specs()}
    if catalog.embedder is not None:
        specs[EMBEDDER_ROLE] = catalog.embedder
    return {
        role: {**spec.model_dump(mode="json", exclude_defaults=True), "model": spec.name}
        for role, spec in specs.items()
    }


def read_embedder(options: Namespace) -> EmbedderSpec | None:
    """The embedder where nobody else is asked: that of the options, else of a catalog file."""
    spec = _embedder_of(options, None)
    if spec is not None:
        return spec
    catalog = _of_file(options)
    return None if catalog is None else catalog.embedder


def read_endpoints(options: Namespace) -> list[Endpoint]:
    """The servers that `redraft doctor` is asked about; not yet connected."""
    catalog = _of_endpoint(options, None) if options.endpoint is not None else _of_file(options)
    specs = () if catalog is None else dict.fromkeys(catalog.specs().values())
    return [_endpoint(spec) for spec in specs if isinstance(spec, EndpointSpec)]


def read_embedding_endpoint(options: Namespace) -> EmbeddingEndpoint | None:
    """The embedder's server that `redraft doctor` is asked about; not yet connected."""
    spec = read_embedder(options)
    if not isinstance(spec, EndpointSpec):
        return None
    return EmbeddingEndpoint(spec.endpoint, spec.model, api_key=_key(spec), timeout=30.0)


def _embedder_of(options: Namespace, old: Job | None) -> EmbedderSpec | None:
    """The embedder that the options name, or else the one that a job had."""
    name, url = options.embedder, options.embedder_endpoint
    if name is None and url is not None:
        raise InputError(f"--embedder-endpoint {url} needs --embedder MODEL")
    if name is not None and url is not None:
        return EndpointSpec(endpoint=url, model=name)
    if name is not None:
        return LocalEmbedderSpec(sentence_transformers=name)
    table = old.models.get(EMBEDDER_ROLE) if old is not None and options.config is None else None
    return None if table is None else _spec(EMBEDDER_ROLE, table)


def _check(options: Namespace) -> None:
    ways = {"--endpoint": options.endpoint, "--vllm": options.vllm, "--config": options.config}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise InputError(f"{given[0]} and {given[1]} both say which model answers: give one")
    if options.endpoint is None and (options.model or options.api_key_env):
        name = "--model" if options.model else "--api-key-env"
        raise InputError(f"{name} goes with --endpoint URL")
    if options.vllm is None and (options.vllm_args or options.in_process):
        name = "--in-process" if options.in_process else "--vllm-arg"
        raise InputError(f"{name} goes with --vllm MODEL")


def _of_endpoint(options: Namespace, old: Job | None) -> Catalog:
    before = old.models.get(DEFAULT_ROLE, {}) if old is not None else {}
    model = options.model or before.get("model")
    if not model:
        raise InputError(f"--endpoint {options.endpoint} needs --model NAME")
    prompts = before.get("prompts", "") if model == before.get("model") else ""
    return Catalog.of_endpoint(
        options.endpoint, str(model), api_key_env=options.api_key_env, prompts=str(prompts)
    )


def config_path(options: Namespace) -> Path | None:
    """The catalog file that says which model answers; `None` where options say so."""
    if options.config is not None:
        return Path(options.config)
    named = options.endpoint is not None or options.vllm is not None
    return CONFIG if CONFIG.is_file() and not named else None


def _of_file(options: Namespace) -> Catalog | None:
    path = CONFIG if options.config is None else Path(options.config)
    if options.config is None and not path.is_file():
        return None
    return _checked(load_catalog(path), f"{path}: ")


def _of_job(old: Job) -> Catalog:
    specs = {role: _spec(role, table) for role, table in old.models.items()}
    return _checked(Catalog.of_specs(specs), "the job's ")


def _checked(catalog: Catalog, place: str) -> Catalog:
    """`catalog`; raises `InputError` where a model names a prompt set that does not exist."""
    for name, spec in catalog.models.items():
        if isinstance(spec, LocalEmbedderSpec):
            continue
        try:
            load_prompts(prompt_set=spec.prompts)
        except InputError as error:
            raise InputError(f"{place}models.{name}.prompts: {error}") from None
    return catalog


def _spec(role: str, table: Mapping[str, object]) -> EmbedderSpec:
    named = "vllm" in table or "sentence_transformers" in table
    own = {key: value for key, value in table.items() if key != "model" or not named}
    return parse_spec(own, f"the job's models.{role}")


def _with_timeout(catalog: Catalog, timeout: float) -> Catalog:
    models = {
        name: spec
        if isinstance(spec, LocalEmbedderSpec)
        else spec.model_copy(update={"timeout": timeout})
        for name, spec in catalog.models.items()
    }
    return catalog.model_copy(update={"models": models})


def _endpoint(spec: EndpointSpec) -> Endpoint:
    return Endpoint(spec.endpoint, spec.model, api_key=_key(spec), timeout=30.0)


def _key(spec: EndpointSpec) -> str:
    return (os.environ.get(spec.api_key_env, "") if spec.api_key_env else "") or "EMPTY"
