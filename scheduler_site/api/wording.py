"""What is wrong with a value, for whoever writes a client: Pydantic's faults in words that say nothing of our classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NO_BODY = "The body is missing: send a JSON object, {} at least."
NO_OBJECT = "The body is to be a JSON object, {…}."
WORDS: Mapping[str, str] = {
    "missing": "It is missing.",
    "extra_forbidden": "There is no member of this name.",
    "model_type": "Give an object, {{…}}.",
    "list_type": "Give a list, […].",
    "string_type": "Give a text.",
    "bool_type": "Give true or false.",
    "int_type": "Give a whole number.",
    "int_parsing": "Give a whole number.",
    "float_type": "Give a number.",
    "float_parsing": "Give a number.",
    "finite_number": "Give a number that is not infinite.",
    "greater_than": "Give more than {gt}.",
    "greater_than_equal": "Give at least {ge}.",
    "less_than": "Give less than {lt}.",
    "less_than_equal": "Give at most {le}.",
    "literal_error": "Give {expected}.",
    "string_too_long": "Give at most {max_length} signs.",
    "too_long": "Give at most {max_length} of them.",
}


def in_words(wrong: Mapping[str, Any], *, of_body: bool) -> str:
    """A sentence about one of Pydantic's faults. `of_body`: it is about the whole body and no member of it.

    Our own faults bring their sentence along, and so do rare ones of Pydantic's that have none here.
    """
    kind = wrong["type"]
    if of_body and kind in {"missing", "model_type"}:
        return NO_BODY if kind == "missing" else NO_OBJECT
    words = WORDS.get(kind)
    return (
        f"{wrong['msg']}."
        if words is None
        else words.format(**{name: _plain(value) for name, value in wrong.get("ctx", {}).items()})
    )


def _plain(value: object) -> object:
    """1 rather than 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
