"""The journal's file: one SQLite database that belongs to one job and to one process at a time.

Everything about the file's state is decided here: who holds it, whose it is, whether it is whole,
and what to tell the user when it is not.
"""

import fcntl
import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from redraft.core import StoreError

# SQLite's words about a damaged file may quote it, and then not be UTF-8.
FILE_ERRORS = (sqlite3.Error, UnicodeDecodeError)

_FORMAT = 1
# Bytes up to which a file is checked throughout when it is opened, which takes under a second.
_CHECKED_WHOLE = 256 * 2**20
_SCHEMA = """
CREATE TABLE job (hash TEXT NOT NULL);
CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    problem TEXT NOT NULL,
    role TEXT NOT NULL,
    agent TEXT NOT NULL,
    model TEXT NOT NULL,
    request TEXT NOT NULL,
    reply TEXT NOT NULL,
    digest BLOB NOT NULL,
    seconds REAL NOT NULL,
    time REAL NOT NULL
);
"""
_CANNOT_WRITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
}


def store_error(path: Path, error: Exception) -> StoreError:
    """What `error`, met while the file at `path` was read or written, means to the user."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, OSError) or (code is not None and code & 0xFF in _CANNOT_WRITE):
        return StoreError(
            f"{path}: cannot be read or written ({error}); free space or fix permissions, then "
            "start the same command again: nothing finished is lost"
        )
    return damaged(path, str(error))


def damaged(path: Path, detail: str) -> StoreError:
    """The error for a file whose content cannot be trusted."""
    return StoreError(
        f"{path}: the journal is damaged ({detail}); restore it from a copy, or remove it and "
        f"{path.name}-wal to ask every call again"
    )


@contextmanager
def claimed(path: Path) -> Generator[None]:
    """Hold `path` for this process; the kernel lets go when the process dies, however it dies."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        handle = lock.open("a+", encoding="ascii")
    except OSError as error:
        raise store_error(lock, error) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            holder = handle.read(20).strip() or "unknown"
            raise StoreError(
                f"{path}: in use by another process (pid {holder}); wait for it, stop it, or "
                "choose another run folder"
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def prepare(path: Path, job: str) -> None:
    """Create the file at `path` for `job`, or make sure that it is whole and belongs to `job`."""
    try:
        if path.exists():
            _verify(path, job)
        else:
            _create(path, job)
    except (*FILE_ERRORS, OSError) as error:
        raise store_error(path, error) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode that any one thread at a time may use."""
    try:
        connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cell_size_check=ON"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
        except BaseException:
            connection.close()
            raise
    except FILE_ERRORS as error:
        raise store_error(path, error) from error
    return connection


def _create(path: Path, job: str) -> None:
    wal = path.with_name(f"{path.name}-wal")
    if wal.exists():
        raise damaged(path, f"it is gone while {wal.name} is still there")
    # An unfinished creation must not look like an emptied journal, hence the rename.
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with closing(connect(fresh)) as connection:
        connection.executescript(_SCHEMA)
        connection.execute("INSERT INTO job VALUES (?)", (job,))
        connection.execute(f"PRAGMA user_version={_FORMAT}")
    fresh.replace(path)


def _verify(path: Path, job: str) -> None:
    if path.stat().st_size == 0:
        raise damaged(path, "it is empty")
    with closing(connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != _FORMAT:
            raise damaged(path, f"format {version} instead of {_FORMAT}")
        owners = connection.execute("SELECT hash FROM job").fetchall()
        if len(owners) != 1:
            raise damaged(path, "it names no job")
        if owners[0][0] != job:
            raise StoreError(
                f"{path}: belongs to another job ({owners[0][0]}, this one is {job}); choose "
                "another run folder, or remove the old one to start anew"
            )
        if path.stat().st_size <= _CHECKED_WHOLE:
            (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if finding != "ok":
                raise damaged(path, finding.splitlines()[-1])
        # Rows are only ever appended, so the index must have as many entries as the last row says.
        entries, last = connection.execute("SELECT count(*), max(id) FROM call").fetchone()
        if entries != (last or 0):
            raise damaged(path, f"{entries} of {last} calls are in its index")
