"""The checkers keep the contract that ships in `redraft.testing`."""

import pytest

from redraft.testing import CheckerContract
from redraft.tools import Checkers, MathChecker, WorkerPool


class TestCheckers(CheckerContract):
    @pytest.fixture
    async def checker(self):
        async with Checkers() as check:
            yield check


class TestMathChecker(CheckerContract):
    @pytest.fixture
    async def checker(self):
        pool = WorkerPool(1, 2.0)
        yield MathChecker(pool)
        await pool.aclose()
