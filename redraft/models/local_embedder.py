"""An embedder in this process: a sentence-transformers model."""

import asyncio
import importlib.util
from array import array
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from redraft.core import InputError, ModelError
from redraft.models.embeddings import as_vector

_PREFIX = "sentence-transformers:"
# What decides over the vectors: weights, tokenizer, pooling. A folder may hold other formats, too.
_DECISIVE = (".json", ".txt", ".model", ".safetensors", ".bin")


class LocalEmbedder:
    """`LocalEmbedder("BAAI/bge-small-en-v1.5")`: an `Embedder`.

    It needs the extra `redraft[sentence-transformers]`. `model` is a folder or a name on the
    Hugging Face hub, of which `revision` is a commit. `device` is torch's, by default a GPU where
    there is one. The model is loaded by `load` or the first call, and works in a thread of its
    own. It cuts texts that are longer than it can read.
    """

    def __init__(
        self, model: str, *, revision: str | None = None, device: str | None = None
    ) -> None:
        self._name = local_name(model, revision)
        self._model = model
        self._revision = revision
        self._device = device
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedder")

    @property
    def name(self) -> str:
        """The model's name with its revision, or the folder's with a hash of its files."""
        return self._name

    async def load(self) -> None:
        """Load the model; raises `InputError` where the extra or the model is missing."""
        await self._in_thread(lambda: self._encode)

    async def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector of float32 for each text; raises `ModelError`, and `InputError` as `load`."""
        return await self._in_thread(lambda: self._embed(list(texts)))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    @cached_property
    def _encode(self) -> Callable[[list[str]], Any]:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise InputError(
                f"{self._model}: sentence-transformers is not installed; run "
                "`pip install 'redraft[sentence-transformers]'`"
            )
        from sentence_transformers import SentenceTransformer

        try:
            with _no_progress_bar():
                model = SentenceTransformer(
                    self._model,
                    device=self._device,
                    revision=self._revision,
                    local_files_only=Path(self._model).is_dir(),
                )
        except Exception as error:  # each library under it raises its own
            raise InputError(
                f"{self._model}: sentence-transformers cannot load it ({_line(error)})"
            ) from error
        return lambda texts: model.encode(texts, show_progress_bar=False)

    def _embed(self, texts: list[str]) -> list["array[float]"]:
        encode = self._encode
        if not texts:
            return []
        try:
            return [as_vector(row) for row in encode(texts)]
        except ModelError as error:
            raise ModelError(f"{self._model} {error}") from None
        except Exception as error:  # torch raises its own
            raise ModelError(f"{self._model} cannot embed ({_line(error)})") from error


@contextmanager
def _no_progress_bar() -> Generator[None]:
    """A run draws on the terminal itself."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def local_name(model: str, revision: str | None) -> str:
    """The name of the vector space of a model in this process; reads its files, if it is a folder.

    Raises `InputError` for a folder that is not there.
    """
    folder = Path(model)
    if not folder.is_dir():
        if model.startswith(("/", "./", "../", "~")):
            raise InputError(f"{model}: no such model folder; give a folder or a Hugging Face name")
        return f"{_PREFIX}{model}" + (f"@{revision}" if revision else "")
    digest = blake2b(digest_size=8)
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _DECISIVE):
        digest.update(f"{path.relative_to(folder).as_posix()}\x1f".encode())
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return f"{_PREFIX}{folder.resolve().name}-{digest.hexdigest()}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
