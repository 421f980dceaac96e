"""The frozen base of every value that crosses a room of Redraft."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen record whose fields are all known: an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
