"""The shape of what goes wrong."""

from __future__ import annotations

from pydantic import BaseModel, Field

from runs.api.bulk_schemas import Counted
from runs.api.schemas import StateName


class FaultOut(BaseModel):
    """One of several faults. `pointer` leads to it in the body; else `parameter`, `header` or `subject` names it."""

    message: str
    code: str | None = None
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    subject: str | None = None


class ProblemOut(BaseModel):
    """RFC 9457. `type` is the address of its explanation."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FaultOut] = []
    error_id: str | None = Field(default=None, description="Names a fault of ours in our log.")
    state: StateName | None = Field(default=None, description="Where the run is that had ended before.")
    affected: int | None = Field(default=None, description="To how many runs of the filter something would happen.")
    left_over: int | None = Field(default=None, description="How many of them there is no room for.")
    groups: list[str] | None = Field(default=None, description="What would happen, in sentences.")
    counted: list[Counted] | None = Field(default=None, description="To which runs; send it back to have that done.")
    changed: list[int] | None = Field(default=None, description="To which something else would happen than was counted.")
    retry_after: int | None = Field(default=None, description="Seconds to wait after too many requests, as in `Retry-After`.")
