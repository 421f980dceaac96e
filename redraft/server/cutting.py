"""Where an answer ends earlier than its author did: at a stop string, or at a cap in tokens."""

from collections.abc import Awaitable, Callable, Sequence

Count = Callable[[str], Awaitable[int]]


class Stops:
    """Lets text through up to the stop string that is complete first; `hit` once there was one.

    What may be the beginning of a stop string is held back. How the text is cut into pieces makes
    no difference.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self.hit = False
        self._stops = [stop for stop in stops if stop]
        self._held = ""

    def feed(self, text: str) -> str:
        """What of `text`, and of what was held back before it, is certain by now."""
        if self.hit:
            return ""
        self._held += text
        places = [(self._held.find(stop), stop) for stop in self._stops]
        found = [(place + len(stop), place) for place, stop in places if place >= 0]
        if found:
            self.hit = True
            return self._held[: min(found)[1]]
        sure = len(self._held) - max((_begun(self._held, stop) for stop in self._stops), default=0)
        passed, self._held = self._held[:sure], self._held[sure:]
        return passed

    def rest(self) -> str:
        """What was still held back when the text ended."""
        return "" if self.hit else self._held


def until_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """`text` up to the stop string that is complete first, and whether there is one."""
    ending = Stops(stops)
    return ending.feed(text) + ending.rest(), ending.hit


def _begun(text: str, stop: str) -> int:
    """How many characters at the end of `text` may begin `stop`."""
    most = min(len(text), len(stop) - 1)
    return next((size for size in range(most, 0, -1) if text.endswith(stop[:size])), 0)


async def shortened(text: str, cap: int, spent: int, count: Count) -> str:
    """The longest beginning of `text` with at most `cap` tokens.

    `count` gives the tokens of a text or, like bytes, a bound that grows with them; `spent` is
    what the server says that the text cost, 0 where it is not known. Where `count` is exact so is
    the cut; else it is made in proportion.
    """
    if 0 < spent <= cap:
        return text
    whole = await count(text)
    tokens = min(whole, spent) if spent else whole
    if tokens <= cap:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if await count(text[:middle]) * tokens <= cap * whole:
            fits = middle
        else:
            too_long = middle
    return text[:fits]
