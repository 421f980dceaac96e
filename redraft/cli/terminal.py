"""Text for a terminal: one line, printable, whoever wrote it; and numbers as people read them."""


def one_line(text: str, width: int | None = None) -> str:
    """`text` on one line, without control characters, cut to `width` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


def tokens(count: float) -> str:
    """A count in few digits: `950`, `12.4k`, `3.05M`, `7.2G`."""
    if count < 9_999.5:
        return f"{count:.0f}"
    unit, scaled = "k", count / 1e3
    for larger in "MGT":
        if scaled < 999.5:
            break
        unit, scaled = larger, scaled / 1e3
    return f"{scaled:.3g}{unit}"


def money(amount: float) -> str:
    """`1,234.50`, `0.0025`: cents, or three digits below one."""
    return f"{amount:,.2f}" if amount >= 1 or not amount else f"{amount:.3g}"


def duration(seconds: float) -> str:
    """`0:42`, `12:05`, `3:04:05`, `2 d 4 h`."""
    whole = int(seconds)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} d {hour} h"
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
