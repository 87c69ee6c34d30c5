"""Many people who are logged in, for tests and measurements of many browsers."""

from __future__ import annotations

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


def cookies(stack: LiveStack, sockets: int, each: int = SOCKETS_EACH) -> list[str]:
    """A cookie header for each of so many sockets, of people who have at most `each` of them."""
    people = -(-sockets // each)
    said = stack.manage("shell", "--command", MAKE.format(people=people))
    found = [line.removeprefix("cookie ") for line in said.splitlines() if line.startswith("cookie ")]
    return [found[number % people] for number in range(sockets)]
