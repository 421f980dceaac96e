"""Reasoning that a model wrote into its text, between `<think>` and `</think>`.

Servers without a reasoning parser leave the tags in the content; chat templates may open the tag
themselves, so that only its end is in the text, and a token cap may cut it before its end.
"""

_OPEN = "<think>"
_CLOSE = "</think>"


def split_thinking(text: str, *, cut: bool) -> tuple[str, str]:
    """Part `text` into (reasoning, content); without tags all of it is content.

    A `</think>` without its beginning ends reasoning that the chat template began. A `<think>`
    without its end is reasoning to the end of the text when the text starts with it or was `cut`
    at its cap; otherwise it is a mention. Takes time linear in the text.
    """
    if _OPEN not in text and _CLOSE not in text:
        return "", text
    thoughts: list[str] = []
    said: list[str] = []
    head, close, rest = text.partition(_CLOSE)
    if close and _OPEN not in head:
        thoughts.append(head)
    else:
        rest = text
    while rest:
        before, opened, after = rest.partition(_OPEN)
        thought, close, later = after.partition(_CLOSE)
        mention = opened and not close and not cut and (said or before.strip())
        if not opened or mention:
            said.append(rest)
            break
        if before.strip():
            said.append(before)
        thoughts.append(thought)
        rest = later
    return "\n".join(thoughts).strip(), "".join(said).strip()
