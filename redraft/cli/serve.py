"""`redraft serve`: recipes as models behind an OpenAI-compatible API, or a new key for one."""

import sys
from argparse import Namespace
from importlib.util import find_spec

from redraft.cli.outcome import say
from redraft.core import InputError

_EXTRA = ("fastapi", "jinja2", "latex2mathml", "prometheus_client", "uvicorn")


def serve(options: Namespace) -> int:
    """Serve until a signal stops it; returns the exit status.

    Raises `InputError` before any model starts for whatever is wrong with the options, the file,
    the address or the installation.
    """
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise InputError(
            f"'redraft serve' needs {' and '.join(missing)}: run pip install 'redraft[serve]'"
        )
    if options.new_key:
        return _make_key()
    from redraft.cli.serving import serve_until_stopped

    return serve_until_stopped(options)


def _make_key() -> int:
    from redraft.server import digest, new_key

    key = new_key()
    print(key)
    say("this key is shown once; redraft.toml keeps its hash alone, under a name of yours:")
    print(f'[serve.keys.NAME]\nsha256 = "{digest(key)}"', file=sys.stderr)
    return 0
