#!/usr/bin/env python
"""Django's command line. Where no servers are configured, the embedded ones run around a command that needs them."""

import sys

from django.core.management import execute_from_command_line

from scheduler_site import embedded, env
from scheduler_site.embedded import ServerFailed
from scheduler_site.env import EnvironmentFault


def main() -> None:
    """Run one management command."""
    env.use_settings()
    try:
        with embedded.around(sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except (EnvironmentFault, ServerFailed) as reason:
        sys.stderr.write(f"{reason}\n")
        sys.exit(3 if sys.argv[1:2] == ["healthcheck"] else 1)  # 1 would be a verdict on the site's health


if __name__ == "__main__":
    main()
