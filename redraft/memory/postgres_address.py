"""Where a Postgres database is, how it is connected to, and which of its errors pass.

psycopg is imported when an address is read: without one nobody needs it.
"""

from dataclasses import dataclass, field
from urllib.parse import unquote

from redraft.core import InputError
from redraft.memory.address import without_password

_DEFAULT_NAME = "handbook"
# SQLSTATEs of what passes: lost connections, a server that stops, starts or is full, deadlocks,
# and a transaction that the server gave up since this process had stood still.
_PASSING = ("08", "40", "53300", "57P", "25P03")
# A server that is gone without a word is found out in about as long as a call is tried again.
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "redraft",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a handbook or threads are: their place as it may be shown, a handbook's name in the
    database, and what libpq needs to connect, with the passwords in it."""

    shown: str
    name: str
    conninfo: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    def reason(self, error: Exception) -> str:
        """What `error` says, in one line without passwords."""
        reason = " ".join(str(error).split())
        for secret in self.secrets:
            reason = reason.replace(secret, "...")
        return reason


def read_url(url: str) -> Address:
    """The address in a URL: libpq's own, and `handbook=NAME` among its parameters.

    Raises `InputError` without the URL's passwords, and `ImportError` without psycopg.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    shown = without_password(url)
    base, _, query = url.partition("?")
    parts = query.split("&") if query else []
    names = [part.partition("=")[2] for part in parts if part.startswith("handbook=")]
    rest = "&".join(part for part in parts if not part.startswith("handbook="))
    try:
        given = {key: str(value) for key, value in conninfo_to_dict(f"{base}?{rest}").items()}
    except psycopg.Error:
        given = {"port": "?"}
    ports = given.get("port", "0").split(",")
    # A host with an '@' is the end of a password that has one.
    if "@" in given.get("host", "") or not all(port.isdecimal() for port in ports if port):
        raise InputError(
            f"{shown}: not the URL of a Postgres database; write postgresql://USER@HOST/DATABASE, "
            "with all marks in a password percent-encoded, and check the parameters after the '?'"
        )
    return Address(
        shown=shown,
        name=unquote(names[-1]) if names else _DEFAULT_NAME,
        conninfo=make_conninfo("", **{**_DEFAULTS, **given, "client_encoding": "utf8"}),
        secrets=tuple(given[key] for key in ("password", "sslpassword") if given.get(key)),
    )


def passes(error: BaseException) -> bool:
    """Whether `error` is one of Postgres that may pass, such as a connection that is lost."""
    import psycopg

    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:  # libpq's own errors: no connection, or a lost one
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(_PASSING)
