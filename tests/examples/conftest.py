"""The modules of `examples/abacus`, which are scripts beside the package, and a small tokenizer."""

import sys
from pathlib import Path

import pytest

# Where a script finds the modules beside it.
sys.path.append(str(Path(__file__).parents[2] / "examples" / "abacus"))


@pytest.fixture(scope="session")
def tokenizer():
    """A tokenizer made from few lessons."""
    from mixture import corpus
    from tokens import make_tokenizer

    return make_tokenizer(corpus(1, 200))
