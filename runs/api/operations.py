"""The router with every operation on it."""

from runs.api import asking, how_it_goes, many, reading
from runs.api.routing import router

__all__ = ["asking", "how_it_goes", "many", "reading", "router"]
