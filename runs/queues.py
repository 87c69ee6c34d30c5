"""Which queue each Celery task goes to. Settings import this; `manage.py verify_routes` compares it with the task registry.

solve     one message for each ring of a run; its workers do nothing else, `-c` of them side by side
default   everything short
"""

from __future__ import annotations

SOLVE_QUEUE = "solve"
DEFAULT_QUEUE = "default"
QUEUES = (DEFAULT_QUEUE, SOLVE_QUEUE)

SOLVE = "runs.solve_run"
TICK = "runs.tick"

ROUTES: dict[str, dict[str, str]] = {
    SOLVE: {"queue": SOLVE_QUEUE},
    TICK: {"queue": DEFAULT_QUEUE},
}

TICK_SECONDS = 20  # how often the solve schedules are looked at
