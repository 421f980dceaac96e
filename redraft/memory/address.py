"""How a place is written: the path of a file, or a URL, which may hold a password."""

from pathlib import Path
from urllib.parse import unquote

_SECRETS = {"password", "sslpassword"}


def absolute(where: str) -> str:
    """`where` as it can be found from any folder: a path made absolute, a URL as it is."""
    return where if scheme_of(where) else str(Path(where).absolute())


def without_password(where: str) -> str:
    """`where` as it may be shown and kept: a URL loses its passwords, a path stays as it is.

    What follows a colon is shown only where it must be a port: a password that should have been
    percent-encoded may hold any mark.
    """
    if scheme_of(where) is None:
        return where
    scheme, _, rest = where.partition("://")
    rest, _, query = rest.partition("?")
    user, at, address = rest.rpartition("@")
    user = user.partition(":")[0].partition("/")[0]
    host, slash, path = address.partition("/")
    if not at and not host.rpartition(":")[2].isdecimal() and not host.startswith("["):
        host = host.partition(":")[0]
    told = "&".join(part for part in query.split("&") if _is_open(part))
    return f"{scheme}://{user}{at}{host}{slash}{path}{'?' if told else ''}{told}"


def _is_open(parameter: str) -> bool:
    name, mark, _ = parameter.partition("=")
    return bool(mark) and unquote(name).lower() not in _SECRETS


def scheme_of(where: str) -> str | None:
    """The scheme of a URL in lower case; `None` for a path."""
    scheme, mark, _ = where.partition("://")
    return scheme.lower() if mark and scheme.isalnum() else None
