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
    at, spoken = 0, False
    first, closed = text.find(_OPEN), text.find(_CLOSE)
    if closed >= 0 and not 0 <= first < closed:
        thoughts.append(text[:closed])
        at = closed + len(_CLOSE)
    while (begin := text.find(_OPEN, at)) >= 0:
        end = text.find(_CLOSE, begin)
        before = text[at:begin]
        spoken = spoken or bool(before.strip())
        if end < 0 and spoken and not cut:
            break
        said.append(before)
        thoughts.append(text[begin + len(_OPEN) : end if end >= 0 else None])
        at = end + len(_CLOSE) if end >= 0 else len(text)
    said.append(text[at:])
    return "\n".join(thoughts).strip(), "".join(said).strip()
