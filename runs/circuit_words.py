"""What people are told while solving is broken altogether and dispatching rules answer."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format

from runs import circuit
from runs.models import BreakerState


def circuit_banner() -> str:
    """A sentence for every page where somebody might wonder about plans; empty while solving works. One query."""
    now = circuit.state()
    if now.is_closed:
        return ""
    told = "The solver is failing; new plans come from dispatching rules only until a trial run succeeds"
    if now.state == BreakerState.TRIAL:
        return f"{told}. One is under way."
    if now.searches or now.retry_at is None:
        return f"{told}; the next run tries it."
    return f"{told}. The next one is due at {date_format(timezone.localtime(now.retry_at), 'H:i')}."
