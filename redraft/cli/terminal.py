"""Text for a terminal: one line, printable, whoever wrote it; and numbers as people read them."""


def one_line(text: str, width: int | None = None) -> str:
    """`text` on one line, without control characters, cut to `width` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


def tokens(count: float) -> str:
    """A count with three or four digits and a unit: `950`, `12.4k`, `3.05M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if count >= size:
            scaled = count / (1e3 if unit == "k" else size)
            return f"{scaled:.3g}{unit}" if scaled < 1000 else f"{scaled:.0f}{unit}"
    return f"{count:.0f}"


def duration(seconds: float) -> str:
    """`0:42`, `12:05`, `3:04:05`, `2 d 4 h`."""
    whole = int(seconds)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} d {hour} h"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
