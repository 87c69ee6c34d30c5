"""Many people who are logged in, for tests and measurements of many browsers."""

from __future__ import annotations

from pathlib import Path

from tests.live_stack import LiveStack

SOCKETS_EACH = 10  # what one person may have open

MAKE = """
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client
viewers = Group.objects.get(name="viewer")
for number in range({people}):
    user, _ = User.objects.get_or_create(username=f"viewer{{number}}")
    user.groups.add(viewers)
    client = Client()
    client.force_login(user)
    print("cookie", f"{{settings.SESSION_COOKIE_NAME}}={{client.cookies[settings.SESSION_COOKIE_NAME].value}}")
"""


_known: dict[Path, list[str]] = {}
"""By the folder of a stack: the cookies of viewer0, viewer1 and so on. To log somebody in takes a whole Python."""


def cookies(stack: LiveStack, sockets: int, each: int = SOCKETS_EACH) -> list[str]:
    """A cookie header for each of so many sockets, of people who have at most `each` of them."""
    people = -(-sockets // each)
    if len(_known.get(stack.folder, ())) < people:
        said = stack.manage("shell", "--command", MAKE.format(people=people))
        _known[stack.folder] = [line.removeprefix("cookie ") for line in said.splitlines() if line.startswith("cookie ")]
    found = _known[stack.folder]
    return [found[number % people] for number in range(sockets)]


def forget(stack: LiveStack) -> None:
    """The next who need cookies log in anew: those that were made may not be good any more."""
    _known.pop(stack.folder, None)
