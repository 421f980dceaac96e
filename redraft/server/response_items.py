"""The items of a response: its reasoning in summary, its message and the tools it calls."""

import secrets
from dataclasses import replace
from typing import Any

from redraft.core import ToolCall
from redraft.server.pieces import Said
from redraft.server.wire import Gathered

Event = dict[str, Any]


class Items:
    """What was said so far, as items of a response; the ids are made once."""

    def __init__(self) -> None:
        self.said = Gathered()
        self.reasoning_id = f"rs_{secrets.token_hex(12)}"
        self.message_id = f"msg_{secrets.token_hex(12)}"

    def add(self, said: Said) -> None:
        """Take in the next piece."""
        self.said.add(said)

    def reasoning(self) -> dict[str, Any]:
        """The reasoning in one part."""
        part = {"type": "summary_text", "text": "".join(self.said.reasoning)}
        return {"id": self.reasoning_id, "type": "reasoning", "summary": [part]}

    def message(self, status: str) -> dict[str, Any]:
        """The message in one part."""
        return {
            "id": self.message_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [text_part(self.said.text)],
        }

    def output(self, status: str) -> list[dict[str, Any]]:
        """All items, in the order in which they were said."""
        items = [self.reasoning()] if any(self.said.reasoning) else []
        if any(self.said.content) or not self.said.calls:
            items.append(self.message(status))
        return items + [call_item(call) for call in self.said.calls]


def text_part(text: str) -> dict[str, Any]:
    """A part of a message."""
    return {"type": "output_text", "text": text, "annotations": []}


def call_item(call: ToolCall) -> dict[str, Any]:
    """A tool that is to be called."""
    return {
        "id": f"fc_{call.id}",
        "type": "function_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


class Writer:
    """Turns pieces into the events of a stream: an item is opened, written and closed in turn."""

    def __init__(self) -> None:
        self.items = Items()
        self._open = ""
        self._place = -1

    def add(self, said: Said) -> list[Event]:
        """The events of the next piece."""
        events: list[Event] = []
        if self._open == "message":
            # Thought that comes after the message began has no place before it any more.
            said = replace(said, reasoning="")
        if said.reasoning:
            events += self._opened("reasoning")
            events.append(self._at("response.reasoning_summary_text.delta", delta=said.reasoning))
        if said.content:
            events += self._opened("message")
            events.append(self._at("response.output_text.delta", delta=said.content))
        self.items.add(said)
        for call in said.calls:
            events += self._closed() + self._called(call)
        return events

    def finish(self) -> list[Event]:
        """The events that close what is open; a response without anything has an empty message."""
        nothing = not (self._open or self.items.said.calls or any(self.items.said.content))
        only_thought = self._open == "reasoning" and not self.items.said.calls
        opened = self._opened("message") if nothing or only_thought else []
        return opened + self._closed()

    def _opened(self, kind: str) -> list[Event]:
        if self._open == kind:
            return []
        events = self._closed()
        self._open, self._place = kind, self._place + 1
        if kind == "reasoning":
            item: Event = {**self.items.reasoning(), "summary": list[Event]()}
            part = {"type": "summary_text", "text": ""}
            begun = self._at("response.reasoning_summary_part.added", part=part)
        else:
            item = {**self.items.message("in_progress"), "content": list[Event]()}
            begun = self._at("response.content_part.added", part=text_part(""))
        return [*events, self._item("response.output_item.added", item), begun]

    def _closed(self) -> list[Event]:
        kind, said = self._open, self.items.said
        if not kind:
            return []
        if kind == "reasoning":
            item, text = self.items.reasoning(), "".join(said.reasoning)
            part = item["summary"][0]
            names = ("response.reasoning_summary_text.done", "response.reasoning_summary_part.done")
        else:
            item, text = self.items.message("completed"), said.text
            part = item["content"][0]
            names = ("response.output_text.done", "response.content_part.done")
        events = [self._at(names[0], text=text), self._at(names[1], part=part)]
        self._open = ""
        return [*events, self._item("response.output_item.done", item)]

    def _called(self, call: ToolCall) -> list[Event]:
        item = call_item(call)
        self._place += 1
        at = {"item_id": item["id"], "output_index": self._place}
        begun = item | {"status": "in_progress", "arguments": ""}
        name = "response.function_call_arguments"
        return [
            self._item("response.output_item.added", begun),
            {"type": f"{name}.delta", **at, "delta": call.arguments},
            {"type": f"{name}.done", **at, "name": call.name, "arguments": call.arguments},
            self._item("response.output_item.done", item),
        ]

    def _item(self, name: str, item: dict[str, Any]) -> Event:
        return {"type": name, "output_index": self._place, "item": item}

    def _at(self, name: str, **more: Any) -> Event:
        if self._open == "reasoning":
            at: Event = {"item_id": self.items.reasoning_id, "summary_index": 0}
        else:
            at = {"item_id": self.items.message_id, "content_index": 0}
            at |= {"logprobs": list[Event]()} if name.startswith("response.output_text") else {}
        return {"type": name, "output_index": self._place, **at, **more}
