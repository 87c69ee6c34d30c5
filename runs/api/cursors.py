"""Places in the list of runs, as the next page begins at them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64


def closed(run_id: int) -> str:
    """For the page that begins after this run."""
    return urlsafe_b64encode(f"before {run_id}".encode()).decode()


def opened(cursor: str) -> int:
    """The run before which the page begins. Raises ValueError for what is not one of ours."""
    try:
        word, _, number = urlsafe_b64decode(cursor).decode().partition(" ")
    except NotBase64 as error:
        raise ValueError(cursor) from error
    if word != "before" or not number.isdecimal() or len(number) > 18:
        raise ValueError(cursor)
    return int(number)
