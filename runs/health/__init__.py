"""Is all well? Each check has a value, a limit of the one table in settings, and a sentence with the way out.

servers    PostgreSQL, the broker and the disk
rows       who is alive, what waits for how long, how the runs of the last hour ended
asking     a server that is frozen delays nobody
"""

from runs.health.asking import Broken
from runs.health.assessment import assess, assess_lately, readiness
from runs.health.terms import Check, Health
from runs.thresholds import Status

__all__ = ["Broken", "Check", "Health", "Status", "assess", "assess_lately", "readiness"]
