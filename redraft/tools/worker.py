"""A worker process that compares answers: JSON lines in, JSON lines out.

It limits itself: the kernel ends it when a comparison uses more CPU seconds than it may, also
when its parent is gone, and refuses memory beyond a bound. It ends when its input ends.
"""

import json
import logging
import os
import resource
import signal
import sys
from typing import TextIO

MEMORY_BYTES = 2 * 1024**3
OUT_OF_MEMORY = 3


def main() -> None:
    """Serve comparisons until standard input ends; `sys.argv[1]` is the limit in CPU seconds."""
    limit = float(sys.argv[1])
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _compare(r"\frac{x}{2}+\sqrt{2}", r"\sqrt{2}+\frac{x}{2}")
    _send(replies, ["ready", ""])
    for line in sys.stdin:
        gold, answer = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, limit)
        reply = _compare(gold, answer)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(replies, reply)


def _send(replies: TextIO, reply: list[str]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def _compare(gold: str, answer: str) -> list[str]:
    from redraft.tools.forms import same_form
    from redraft.tools.symbolic import Unreadable, same_value

    try:
        same = same_form(gold, answer, same_value)
    except Unreadable as error:
        return ["unknown", f"cannot be read as mathematics: {str(error)[:80]!r}"]
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:
        return ["unknown", f"math-verify could not compare: {type(error).__name__}"]
    return ["passed" if same else "failed", ""]


if __name__ == "__main__":
    main()
