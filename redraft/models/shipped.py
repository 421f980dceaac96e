"""The models that ship with Redraft: their weights lie in this package, and nothing is downloaded.

`vllm` and `--vllm` know them by their bare names; a folder of the same name is written `./NAME`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from redraft.core import EngineError


@dataclass(frozen=True, slots=True)
class Shipped:
    """A model in `folder`, trained on the prompt set `prompts`.

    Other weights are another `version`, so that they never answer out of an older run's journal.
    """

    name: str
    version: int
    folder: Path
    prompts: str

    @property
    def full_name(self) -> str:
        """Name and version: the model's name in journals, jobs and records."""
        return f"{self.name}-{self.version}"

    @property
    def is_here(self) -> bool:
        """Whether this installation holds the weights."""
        return (self.folder / "model.safetensors").is_file()

    def require(self) -> None:
        """Raise `EngineError` where the weights are missing."""
        if not self.is_here:
            raise EngineError(
                f"{self.name}: this installation of Redraft lacks its weights "
                f"({self.folder / 'model.safetensors'}); give another model, or write "
                f"./{self.name} for a folder of that name"
            )


ABACUS = Shipped("abacus", 4, Path(__file__).with_name("abacus"), "compact")
SHIPPED: Mapping[str, Shipped] = {ABACUS.name: ABACUS}


def name_of(model: str) -> str:
    """The name that a model given to vLLM has in journals: its own, or a shipped one's full."""
    return SHIPPED[model].full_name if model in SHIPPED else model


def path_of(model: str) -> str:
    """What vLLM loads for `model`: a shipped one's folder, any other as it is given."""
    return str(SHIPPED[model].folder) if model in SHIPPED else model


def trained_on(name: str) -> str:
    """The prompt set of the shipped model whose full name this is; `""` for any other model."""
    sets = {shipped.full_name: shipped.prompts for shipped in SHIPPED.values()}
    return sets.get(name, "")
