"""A real process of `redraft serve` before a mock server's process, and what signals do to it."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest

CHAT = {"model": "mock", "messages": [{"role": "user", "content": "What is 6 times 7?"}]}


@contextmanager
def process(*arguments, **how):
    started = subprocess.Popen([sys.executable, "-m", *arguments], text=True, **how)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


class Serving:
    def __init__(self, process, url, upstream):
        self.process = process
        self.url = url
        self.upstream = upstream
        self.lines = []

    def ask(self, **fields):
        """Ask in a thread; the reply's text comes into the list that is returned."""
        replies = []

        def ask():
            reply = httpx2.post(f"{self.url}/chat/completions", json=CHAT | fields, timeout=60)
            replies.append((reply.status_code, reply.text))

        thread = threading.Thread(target=ask)
        thread.start()
        return thread, replies

    def stats(self):
        return httpx2.get(self.upstream.removesuffix("/v1") + "/stats").json()

    def until_asked(self):
        end = time.monotonic() + 60
        while not self.stats()["in_flight"]:
            assert time.monotonic() < end
            time.sleep(0.05)

    def end(self, *signals):
        for number in signals:
            self.process.send_signal(number)
            time.sleep(0.1)
        return self.process.wait(60), self.process.stderr.read()


@pytest.fixture
def serving(tmp_path):
    @contextmanager
    def serving(delay, *options):
        pipes = {"stdout": subprocess.PIPE}
        mock = ("redraft.testing.server", "--delay", str(delay))
        with process(*mock, **pipes) as upstream:
            url = upstream.stdout.readline().strip()
            line = ("serve", "--endpoint", url, "--model", "mock", "--port", "0", *options)
            both = pipes | {"stderr": subprocess.PIPE, "cwd": tmp_path}
            with process("redraft.cli", *line, **both) as server:
                said = server.stderr.readline()
                address = re.search(r"serving at (\S+)", said)
                assert address, said + server.stderr.read()
                yield Serving(server, address[1], url)

    return serving


def test_the_first_signal_lets_answers_finish(serving):
    with serving(1.0, "--log", "requests.jsonl") as server:
        thread, replies = server.ask()
        server.until_asked()
        status, said = server.end(signal.SIGTERM)
        thread.join()
        assert (status, replies[0][0]) == (0, 200)
        assert "stopping" in said
        assert "Traceback" not in said
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(server.url)


@pytest.mark.parametrize(
    ("grace", "signals"),
    [("0.2", [signal.SIGTERM]), ("600", [signal.SIGINT, signal.SIGTERM])],
)
def test_past_the_grace_or_at_a_second_signal_answers_are_given_up(serving, grace, signals):
    with serving(600, "--grace", grace) as server:
        whole, streamed = server.ask(), server.ask(stream=True)
        end = time.monotonic() + 60
        while server.stats()["in_flight"] < 1 or server.stats()["requests"] < 1:
            assert time.monotonic() < end
            time.sleep(0.05)
        status, said = server.end(*signals)
        for thread, _ in (whole, streamed):
            thread.join()
        assert status == 0
        assert "Traceback" not in said
        assert whole[1][0][0] == 503
        last = streamed[1][0][1].strip().rpartition("data: ")[2]
        assert json.loads(last)["error"]["code"] == "stopping"
        assert server.stats()["in_flight"] == 0
        lines = [json.loads(line) for line in server.process.stdout.read().splitlines()]
        assert [line["status"] for line in lines] == [503, 503]
