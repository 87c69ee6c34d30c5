"""The shapes of one verb for many runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from runs.api.schemas import Asked, FailureName, Name, Number, Reason, StateName, UserName
from runs.bulk import MOST

DeedName = Literal["removed", "kept", "stopped", "cut_off", "repeated"]


class FilterIn(Asked):
    """Which runs are meant; what is given holds together."""

    state: Annotated[list[StateName], Field(max_length=6)] = []
    requested_by: Annotated[UserName | None, Field(description="A user name, or “me”.")] = None
    profile: Annotated[Name | None, Field(description="Name of an objective profile.")] = None
    schedule: Number | None = None
    failure: Annotated[FailureName | None, Field(description="Why they failed.")] = None
    since: Annotated[str | None, Field(max_length=40, description="Requested at or after this instant (ISO 8601).")] = None
    until: Annotated[str | None, Field(max_length=40, description="Requested before this instant (ISO 8601).")] = None


class Counted(Asked):
    """A run, and what would happen to it: `kept` and `stopped` keep their best plan, `removed` and `cut_off` have none."""

    run: Number
    effect: DeedName


class BulkIn(Asked):
    """Many runs at once: those that were `counted`, and no others. Without it they are counted, and nothing is done."""

    filter: FilterIn
    counted: Annotated[list[Counted] | None, Field(max_length=MOST)] = None
    reason: Reason = ""


class ItemOut(BaseModel):
    """What came of it for one run."""

    run: int
    result: Literal["done", "already", "refused"]
    message: str
    new_run: int | None = Field(description="The run that answers its question from now on, when it was asked again.")


class BulkOut(BaseModel):
    """What came of it."""

    done: int
    untouched: int = Field(
        description="More runs that the filter means by now. They were not counted, and nothing was done to them."
    )
    items: list[ItemOut]
