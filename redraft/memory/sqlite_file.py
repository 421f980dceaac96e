"""The file of a handbook: made whole or not at all, and told from other files and from damage."""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from redraft.core import InputError, StoreError
from redraft.memory.store import NoHandbook

# A damaged file may hold what is no UTF-8 or no value of ours.
FILE_ERRORS = (
    sqlite3.Error,
    OSError,
    UnicodeError,
    ValidationError,
    PydanticSerializationError,
)

# SQLite's `application_id`: the letters RDHB.
_MARK = 0x52444842
_FORMAT = 1
# Seconds for which a writer waits for another one.
_WAIT = 30.0
# Bytes up to which a file is checked throughout when it is opened, which takes under a second.
_CHECKED_WHOLE = 64 * 2**20
_SCHEMA = """
CREATE TABLE handbook (id TEXT NOT NULL);
CREATE TABLE versions (version INTEGER PRIMARY KEY, time REAL NOT NULL);
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    instruction TEXT NOT NULL,
    topic TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    provenance TEXT NOT NULL,
    UNIQUE (name, version)
);
CREATE TABLE uses (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    run TEXT NOT NULL,
    problem TEXT NOT NULL,
    name TEXT NOT NULL,
    shown INTEGER NOT NULL,
    all_held INTEGER NOT NULL,
    cited INTEGER NOT NULL,
    correct INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    wording TEXT NOT NULL DEFAULT '',
    UNIQUE (run, problem, name)
);
"""
# These came after the first handbooks, so they are added to those that lack them; their absence was
# no format of its own, since an older Redraft reads a file with these tables too.
_EXAMPLES = """
CREATE TABLE IF NOT EXISTS examples (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    problem TEXT NOT NULL,
    attempt TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (problem, attempt)
)
"""
# What was said of an example later; `examples` holds what came first.
_REVISIONS = """
CREATE TABLE IF NOT EXISTS example_revisions (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    problem TEXT NOT NULL,
    attempt TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (problem, attempt, version)
)
"""
_HAS_TABLE = "SELECT count(*) FROM sqlite_master WHERE name = ?"
# So did this column; what was kept without it is not known any more.
_WORDING = "ALTER TABLE uses ADD COLUMN wording TEXT NOT NULL DEFAULT ''"
_HAS_WORDING = "SELECT count(*) FROM pragma_table_info('uses') WHERE name = 'wording'"
_CANNOT_WRITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}


def store_error(path: Path, error: Exception) -> StoreError:
    """What `error`, met while the handbook at `path` was read or written, means to the user."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return StoreError(
            f"{path}: another process has been writing to it for {_WAIT:.0f} s; wait for it or "
            "stop it, then try again"
        )
    if isinstance(error, OSError) or code in _CANNOT_WRITE:
        return StoreError(
            f"{path}: cannot be read or written ({error}); free space or fix permissions, then "
            "try again: what was written before is still there"
        )
    if isinstance(error, UnicodeEncodeError | PydanticSerializationError):
        return StoreError(
            f"{path}: cannot keep half a character (a lone surrogate); remove it from the text"
        )
    return _damaged(path, str(error).splitlines()[0])


def open_file(path: Path, *, create: bool) -> tuple[sqlite3.Connection, str]:
    """A connection in autocommit mode to the handbook at `path`, and the handbook's id.

    Makes an empty handbook where there is none and `create` is true, else raises `NoHandbook`.
    Raises `InputError` when there can be none, `StoreError` when it is damaged or cannot be read.
    """
    try:
        _find(path, create=create)
        connection = _connect(path)
        try:
            return connection, _verified(path, connection)
        except BaseException:
            connection.close()
            raise
    except FILE_ERRORS as error:
        raise store_error(path, error) from error


def _find(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a handbook; name a file in it")
    if path.exists():
        return
    if not path.parent.is_dir():
        raise InputError(f"{path}: its folder does not exist; create it, or check the path")
    if not create:
        raise NoHandbook(f"{path}: there is no handbook; check the path, or build one there first")
    with _alone_in(path.parent):
        if not path.exists():
            _create(path)


@contextmanager
def _alone_in(folder: Path) -> Generator[None]:
    """Let one process at a time create; the kernel lets go when it dies, and no file is left."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _create(path: Path) -> None:
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists():
        raise StoreError(
            f"{path}: the handbook is gone while {wal.name} is still there; put it back, or remove "
            f"{wal.name} to start anew"
        )
    # An unfinished creation must not look like an emptied handbook, hence the rename.
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(b"")
    with closing(_connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.executescript(_SCHEMA)
        connection.execute(_EXAMPLES)
        connection.execute(_REVISIONS)
        connection.execute("INSERT INTO handbook VALUES (?)", (secrets.token_hex(8),))
        connection.execute(f"PRAGMA application_id={_MARK}")
        connection.execute(f"PRAGMA user_version={_FORMAT}")
    fresh.replace(path)


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a file that has gone in between must not come back empty.
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=_WAIT, isolation_level=None)


def _verified(path: Path, connection: sqlite3.Connection) -> str:
    """The id of the handbook, once it is known to be one; what is none is left as it is.

    Asks SQLite alone: if this process opened and closed the file itself, the kernel would drop
    the locks of every other connection that the process has to it.
    """
    if _mark(connection) != _MARK:
        raise InputError(f"{path}: is not a handbook; check the path, or restore it from a copy")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != _FORMAT:
        raise InputError(
            f"{path}: has format {version}, this Redraft reads format {_FORMAT}; update Redraft"
        )
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cell_size_check=ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    if path.stat().st_size <= _CHECKED_WHOLE:
        (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if finding != "ok":
            raise _damaged(path, finding.splitlines()[-1])
    rows = connection.execute("SELECT id FROM handbook").fetchall()
    if len(rows) != 1:
        raise _damaged(path, "it has no id")
    for name, making in (("examples", _EXAMPLES), ("example_revisions", _REVISIONS)):
        if connection.execute(_HAS_TABLE, (name,)).fetchone() == (0,):
            connection.execute(making)
    _add_wording(connection)
    return rows[0][0]


def _add_wording(connection: sqlite3.Connection) -> None:
    if connection.execute(_HAS_WORDING).fetchone() != (0,):
        return
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have been faster.
    if connection.execute(_HAS_WORDING).fetchone() == (0,):
        connection.execute(_WORDING)
    connection.execute("COMMIT")


def _mark(connection: sqlite3.Connection) -> int:
    try:
        return connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            return 0
        raise


def _damaged(path: Path, detail: str) -> StoreError:
    return StoreError(
        f"{path}: the handbook is damaged ({detail}); restore it from a copy, or choose another "
        "path"
    )
