"""From a request's body to the work that answers it; all that cannot be done is a 400 here."""

import difflib
import secrets
from collections.abc import Mapping

from redraft.core import (
    DEFAULT_ROLE,
    EMBEDDER_ROLE,
    Asked,
    Budget,
    Sampling,
    ToolSpec,
)
from redraft.graphs import RECIPES
from redraft.models import ROLES
from redraft.server.body import ChatBody, Extra, Turn
from redraft.server.conversation import messages_of, problem_of
from redraft.server.errors import ApiError
from redraft.server.offers import Offer, find
from redraft.server.order import Order, Question
from redraft.server.pieces import Work, several
from redraft.server.rehearsal import rehearsed
from redraft.server.service import Service
from redraft.server.thinking import asking, solving
from redraft.server.threaded import Thread, thread_of

_TASK = "### Task:"
_SPEAKING = tuple(role for role in ROLES if role != EMBEDDER_ROLE)


async def work_of(service: Service, body: ChatBody, name: str, caller: str = "") -> Work:
    """What `body` asks for, called `name`; raises `ApiError` or `InputError` for what cannot be.

    `caller` is the name of the key, whose threads are its own.
    """
    offer = find(service.offers, body.model)
    if body.redraft.recipe is None and (offer.recipe is None or _is_task(service, body)):
        return _plain(service, offer, body, name)
    thread = await thread_of(service.threads, body, caller)
    return await _graph(service, offer, body, name, thread)


def _is_task(service: Service, body: ChatBody) -> bool:
    """Whether a front-end asks on its own, for a title or the like: one message, that begins so."""
    return service.tasks and len(body.messages) == 1 and _begins_task(body.messages[0])


def _begins_task(turn: Turn) -> bool:
    content = turn.content or ""
    text = content if isinstance(content, str) else content[0].text or ""
    return turn.role == "user" and text.lstrip().startswith(_TASK)


def _plain(service: Service, offer: Offer, body: ChatBody, name: str) -> Work:
    if offer.recipe is None and body.redraft != Extra():
        field = next(iter(body.redraft.model_fields_set))
        raise _bad(f"redraft.{field}", f"{offer.name!r} is a plain model; name a recipe beside it")
    sampling = _sampling(body).model_copy(update={"seed": body.seed, "stop": body.stops})
    asked = Asked(sampling=sampling, output_schema=_schema(body), tools=_tools(body))
    role = offer.role if offer.recipe is None else DEFAULT_ROLE
    return asking(service, Question(name, role, messages_of(body.messages), asked), body.n or 1)


async def _graph(
    service: Service, offer: Offer, body: ChatBody, name: str, thread: Thread | None
) -> Work:
    extra = body.redraft
    if extra.recipe is not None:
        offer = offer.model_copy(update=_chosen(service, offer, extra.recipe))
    recipe, knobs = offer.parsed(extra.knobs)
    memory = _memory(service, extra, needed=recipe.memory, recipe=recipe.name)
    if recipe.thread and thread is None:
        raise _bad("redraft.thread", f"recipe {recipe.name} waits for your answer: name a thread")
    asked = Asked(
        sampling=_sampling(body),
        output_schema=_schema(body),
        tools=_tools(body) if extra.tools else (),
    )
    if (asked.output_schema or asked.tools) and not (await rehearsed(recipe, knobs)).answers:
        field = "response_format" if asked.output_schema else "redraft.tools"
        raise _bad(field, f"recipe {recipe.name} has no last call that writes the answer")
    seed = secrets.randbits(31) if body.seed is None else body.seed
    problem = problem_of(body.messages, name, tools=extra.tools)
    orders = (
        Order(
            graph=recipe.build(knobs, None if thread is None else thread.store.saver),
            problem=problem,
            speakers=_speakers(service, offer, body),
            budget=_budget(offer.budget, extra.budget),
            seed=seed + place,
            asked=asked,
            stop=body.stops,
            memory=memory,
            thread=thread,
        )
        for place in range(body.n or 1)
    )
    return several([solving(service, order) for order in orders])


def _chosen(service: Service, offer: Offer, name: str) -> Mapping[str, object]:
    """What changes of `offer` when it is to run the recipe called `name`."""
    if name not in RECIPES:
        raise _bad("redraft.recipe", f"no recipe {name!r:.80}{_nearest(name, RECIPES)}")
    offered = {one.recipe for one in service.offers}
    if name not in offered and not RECIPES[name].memory:
        raise _bad("redraft.recipe", f"this server does not offer recipe {name!r}")
    return {} if name == offer.recipe else {"recipe": name, "knobs": {}}


def _memory(service: Service, extra: Extra, *, needed: bool, recipe: str) -> bool:
    if service.memory is None and (needed or extra.handbook):
        field = "redraft.handbook" if extra.handbook else "redraft.recipe"
        raise _bad(field, "this server has no handbook; start it with --handbook")
    if needed and extra.handbook is False:
        raise _bad("redraft.handbook", f"recipe {recipe} cannot go without a handbook")
    return extra.handbook is not False


def _speakers(service: Service, offer: Offer, body: ChatBody) -> Mapping[str, str]:
    """For each role the role whose model speaks.

    A recipe asked of a plain model is spoken by that model in all roles.
    """
    asked = find(service.offers, body.model)
    speakers = (
        {DEFAULT_ROLE: asked.role}
        if asked.recipe is None
        else {role: role for role in service.models}
    )
    plain = {one.name: one.role for one in service.offers if one.recipe is None}
    for role, name in body.redraft.roles.items():
        if role not in _SPEAKING:
            raise _bad("redraft.roles", f"no role {role!r:.80}{_nearest(role, _SPEAKING)}")
        if name not in plain:
            raise _bad(f"redraft.roles.{role}", f"no model {name!r:.80}{_nearest(name, plain)}")
        speakers[role] = plain[name]
    return speakers


def _budget(ours: Budget, theirs: Budget) -> Budget:
    """The smaller of both in everything."""
    given = [one.model_dump(exclude_none=True) for one in (ours, theirs)]
    names = {name for one in given for name in one}
    return Budget.model_validate(
        {name: min(one[name] for one in given if name in one) for name in names}
    )


def _sampling(body: ChatBody) -> Sampling:
    return Sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        max_tokens=body.max_completion_tokens or body.max_tokens,
    )


def _schema(body: ChatBody) -> dict[str, object] | None:
    """The schema of the answer; any object will do for `json_object`."""
    wanted = body.response_format
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return {"type": "object"}
    if wanted.json_schema is None or wanted.json_schema.json_schema is None:
        raise _bad("response_format.json_schema.schema", "is missing")
    return wanted.json_schema.json_schema


def _tools(body: ChatBody) -> tuple[ToolSpec, ...]:
    if isinstance(body.tool_choice, dict) or body.tool_choice == "required":
        raise _bad("tool_choice", "a call cannot be forced; only 'auto' and 'none' are known")
    tools = [] if body.tool_choice == "none" else body.tools or []
    other = [tool.type for tool in tools if tool.function is None]
    if other:
        raise _bad("tools", f"tools of type {other[0]!r:.40} are not known, only functions")
    return tuple(
        ToolSpec(name=one.name, description=one.description or "", parameters=one.parameters or {})
        for tool in tools
        if (one := tool.function) is not None
    )


def _nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


def _bad(field: str, why: str) -> ApiError:
    return ApiError(400, f"{field}: {why}", param=field)
