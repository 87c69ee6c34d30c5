"""Names that people need and the search does not, stored beside the problem they belong to. Keys are the problem's ids."""

from __future__ import annotations

from typing import TypedDict


class OrderLabel(TypedDict):
    product: str
    customer: str


class Labels(TypedDict):
    """`begin`: tick from which calendars and history are known, at most 0. `planned_until`: tick at which the planner's horizon
    ends; the problem's own horizon lies later, so that late work can end."""

    site: str
    time_zone: str
    begin: int
    planned_until: int
    orders: dict[str, OrderLabel]
    families: dict[str, str]
    skills: dict[str, str]
    numbers: dict[str, int]
