"""Keys of clients: made once, kept as hashes alone, compared in constant time."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence

from pydantic import Field

from redraft.core import InputError, Value

SHORTEST = 20


class Key(Value):
    """Who may ask. `sha256` is the hash of the key, in hexadecimal digits.

    `active` and `queue` bound the runs of this key and those that wait; `None` leaves that to the
    server's limits. With `batch`, whoever uses the key waits behind those who chat.
    """

    name: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    active: int | None = Field(default=None, gt=0)
    queue: int | None = Field(default=None, ge=0)
    batch: bool = False


def new_key() -> str:
    """A key of 256 random bits. A fast hash keeps it safe, as nobody can guess so many."""
    return f"rd-{secrets.token_urlsafe(32)}"


def digest(key: str) -> str:
    """The hash of `key`, as a configuration holds it."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_from(environment: Mapping[str, str], variable: str) -> Key:
    """The key in an environment variable; raises `InputError` where it is missing or too short."""
    key = environment.get(variable, "").strip()
    if not key:
        raise InputError(f"the environment variable {variable} is not set; it must hold the key")
    if len(key) < SHORTEST:
        raise InputError(
            f"the key in {variable} is shorter than {SHORTEST} characters; "
            "'redraft serve --new-key' makes a long one"
        )
    return Key(name=variable, sha256=digest(key))


def find_key(keys: Sequence[Key], given: str) -> Key | None:
    """Which of `keys` was `given`. All are compared, so that the time tells nothing."""
    hashed = digest(given)
    found = [key for key in keys if hmac.compare_digest(key.sha256, hashed)]
    return found[0] if found else None


def given_key(headers: Mapping[str, str]) -> str:
    """The key that a client sent, empty where there is none.

    It is a bearer token, `x-api-key`, or what a browser's user typed as the password.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            return token.strip()
        case "basic":
            return _password(token)
        case _:
            return headers.get("x-api-key", "").strip()


def _password(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
