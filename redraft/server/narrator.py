"""Tells in prose what a graph is doing: short, bounded, and never a raw dump of what models say."""

import time
from collections import Counter
from collections.abc import Callable, Iterable

from redraft.core import (
    CANCELLED,
    Artifact,
    ArtifactMade,
    Behaviors,
    CallFinished,
    CallStarted,
    Event,
    NodeStarted,
    Recalled,
    Solution,
)
from redraft.server.prose import BRIEF, CHOSEN, compared, gathered, judged, listed, quoted

MOST = 16_000
PAUSES = (2.0, 15.0, 30.0, 60.0, 120.0, 240.0)
"""When something is said while calls are under way, in seconds after the first of them began; and
then every so often as the last of these."""
_ENOUGH = "More happened than is told here.\n\n"
_MADE = {
    "actor": ("draft", "drafts"),
    "critic": ("critique", "critiques"),
    "distiller": ("summary", "summaries"),
    "planner": ("plan", "plans"),
    "strategist": ("reflection", "reflections"),
    "teacher": ("hint", "hints"),
    "verifier": ("check", "checks"),
}


class Narrator:
    """Hears the events of one run and puts what a reader wants to know into words.

    Drafts are told together when the next node begins, with what they agree on, and so are equal
    judgements. A node is named when there is something to tell of it. After `most` characters it
    falls silent. `clock` gives seconds.
    """

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = most
        self._clock = clock
        self._node = ""
        self._drafts: list[Solution] = []
        self._same: tuple[str, int] = ("", 0)
        self._known: dict[str, None] = {}
        self._going = _Going()

    def hear(self, event: Event) -> str:
        """The next piece of the story; empty where there is nothing to tell."""
        match event:
            case NodeStarted(node=node):
                told = self._gathered()
                self._node = node
                self._going.restart()
                return self._bounded(told)
            case CallStarted(origin=origin, n=n):
                self._going.begin(origin.role, n, self._clock())
                return self._bounded(self._heading())
            case CallFinished(origin=origin, error=error, n=n):
                self._going.end(origin.role, n)
                if error in ("", CANCELLED):
                    return ""
                why = _sentence(f"{_many(origin.role, n)} failed: “{quoted(error, BRIEF)}”")
                return self._bounded(self._under(why))
            case ArtifactMade(artifact=artifact):
                return self._bounded(self._made(artifact))
            case _:
                return ""

    def wait(self) -> str:
        """What is under way and for how long, where it is time to say so."""
        return self._bounded(self._under(self._going.told(self._clock())))

    def rest(self) -> str:
        """What was still to be told together when the run ended."""
        return self._bounded(self._gathered())

    def _made(self, artifact: Artifact) -> str:
        if isinstance(artifact, Recalled):
            self._known |= dict.fromkeys(one.name for one in artifact.shown)
        if isinstance(artifact, Behaviors):
            self._known |= dict.fromkeys(one.name for one in artifact.items)
        if isinstance(artifact, Solution) and artifact.agent not in CHOSEN:
            before = "" if self._drafts else self._gathered()
            self._drafts.append(artifact)
            return before
        said = judged(artifact)
        if said and said == self._same[0]:
            self._same = (said, self._same[1] + 1)
            return ""
        before = self._gathered()
        if said:
            self._same = (said, 1)
            return before
        return before + self._under(gathered(artifact))

    def _gathered(self) -> str:
        """What is told together: drafts, or a judgement that was made once or several times."""
        drafts, self._drafts = self._drafts, []
        (said, times), self._same = self._same, ("", 0)
        if drafts:
            said = f"{compared(drafts)}{self._cited(drafts)}"
        elif times > 1:
            said = f"{said.removesuffix('.')} ({times} times)."
        return self._under(said)

    def _cited(self, drafts: Iterable[Solution]) -> str:
        """Which behaviors drafts name, and how many of them."""
        counted = Counter(name for one in drafts for name in self._known if name in one.text)
        names = [f"{name} ({count})" for name, count in counted.most_common()]
        return f" Behaviors named in them: {listed(names)}." if names else ""

    def _under(self, said: str) -> str:
        """`said` as a paragraph, under the name of its node where that is still to be told."""
        return f"{self._heading()}{said}\n\n" if said else ""

    def _heading(self) -> str:
        node, self._node = self._node, ""
        return f"**{quoted(node, BRIEF)}**\n\n" if node else ""

    def _bounded(self, story: str) -> str:
        if len(story) <= self._left:
            self._left -= len(story)
            return story
        last, self._left = _ENOUGH if self._left else "", 0
        return last


class _Going:
    """The calls that are under way, by role, and those that are done since the node began."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        self._since: float | None = None
        self._due = PAUSES[0]

    def restart(self) -> None:
        """A node begins: its first call sets the clock."""
        self._done.clear()
        self._since, self._due = None, PAUSES[0]

    def begin(self, role: str, n: int, now: float) -> None:
        self._since = now if self._since is None else self._since
        self._counts[role] += n

    def end(self, role: str, n: int) -> None:
        self._counts[role] -= n
        self._done[role] += n

    def told(self, now: float) -> str:
        """What is under way; empty before it is due, and when nothing is."""
        passed = 0.0 if self._since is None else now - self._since
        if not self._counts.total() or passed < self._due:
            return ""
        long = "" if self._due == PAUSES[0] else f" for {_long(passed)}"
        self._due = next((one for one in PAUSES if one > passed), passed + PAUSES[-1])
        going, done = (
            " and ".join(_many(role, n) for role, n in counts.items() if n)
            for counts in (self._counts, self._done)
        )
        return _sentence(f"{going} under way{long}{f', {done} done' if done else ''}.")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _many(role: str, n: int) -> str:
    one, more = _MADE.get(role, ("call", "calls"))
    return f"one {one}" if n == 1 else f"{n} {more}"


def _long(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
