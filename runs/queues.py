"""The one table of queues, and which queue each Celery task goes to.

Settings take queues, routes and time limits from here, the fleet takes the commands of the workers; `manage.py verify_routes`
compares all of that with the tasks that are registered and with the files in deploy/. No task waits for another one's result.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

SOLVE_QUEUE = "solve"
HIGH_QUEUE = "high"
DEFAULT_QUEUE = "default"
LOW_QUEUE = "low"

DAY_SECONDS = 86_400
SOFT_SECONDS = 30  # before its time limit a task is asked to end


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue and how its workers are run.

    `priority`      tells people which queue matters first. None waits behind another: each has workers of its own
    `concurrency`   tasks side by side in one worker; 0: the machine's processors ÷ `threads` of a task
    `prefetch`      messages fetched ahead for each of them. They are acknowledged at once: what lies in a worker is lost with it
    `max_tasks_per_child`, `max_memory_kb`    a child process is replaced after so many tasks, or when one has made it that large
    `time_limit`    seconds until the child is killed, SOFT_SECONDS after it was asked to end
    `niceness`      of the worker and all that it starts
    """

    name: str
    purpose: str
    priority: int
    expected_seconds: float
    time_limit: int
    max_tasks_per_child: int
    max_memory_kb: int
    concurrency: int = 1
    threads: int = 1
    prefetch: int = 0
    niceness: int = 0

    @property
    def worker(self) -> str:
        """Name of the process that serves it."""
        return f"worker-{self.name}"

    @property
    def limits(self) -> dict[str, int]:
        """What Celery is told of the time of each task of this queue."""
        return {"time_limit": self.time_limit, "soft_time_limit": self.time_limit - SOFT_SECONDS}

    def side_by_side(self, processors: int) -> int:
        """Tasks that one worker executes at a time on such a machine."""
        return self.concurrency or max(1, processors // self.threads)

    def options(self, side_by_side: int) -> list[str]:
        """Of the command `celery worker` that serves it."""
        ahead = f"--prefetch-multiplier={self.prefetch}" if self.prefetch else "--disable-prefetch"
        return [
            f"--queues={self.name}",
            f"--hostname={self.name}@%h",
            f"--concurrency={side_by_side}",
            ahead,
            f"--max-tasks-per-child={self.max_tasks_per_child}",
            f"--max-memory-per-child={self.max_memory_kb}",
        ]


# In the order in which their workers are started: whoever has just started the site wants a plan first.
TABLE = (
    Queue(
        name=SOLVE_QUEUE,
        purpose="Runs that search for a plan; each has a solver process of its own",
        priority=50,
        expected_seconds=300,
        # A run's time is limited by its limits, its lease and the steward; Celery's limit would kill the child without a word.
        time_limit=7 * DAY_SECONDS,
        max_tasks_per_child=200,
        max_memory_kb=400_000,  # the solver's memory is in its own process
        concurrency=0,
        threads=2,
    ),
    Queue(
        name=HIGH_QUEUE,
        purpose="What a person waits for: runs that are answered by dispatching rules alone",
        priority=100,
        expected_seconds=5,
        time_limit=300,
        max_tasks_per_child=200,
        max_memory_kb=400_000,
    ),
    Queue(
        name=DEFAULT_QUEUE,
        purpose="The look at the solve schedules, and everything short",
        priority=30,
        expected_seconds=2,
        time_limit=300,
        max_tasks_per_child=500,
        max_memory_kb=300_000,  # freezing a large plant takes some
    ),
    Queue(
        name=LOW_QUEUE,
        purpose="Clean-up, once a day",
        priority=10,
        expected_seconds=60,
        time_limit=1800,
        max_tasks_per_child=50,
        max_memory_kb=300_000,
        niceness=10,
    ),
)
QUEUES = {queue.name: queue for queue in TABLE}

SOLVE = "runs.solve_run"
DISPATCH = "runs.dispatch_run"
TICK = "runs.tick"

CLEAN_SESSIONS = "runs.clean_sessions"
CLEAN_SUBMISSIONS = "runs.clean_submissions"
CLEAN_RESULTS = "runs.clean_results"
CLEAN_EVENTS = "runs.clean_events"
CLEAN_INCUMBENTS = "runs.clean_incumbents"
CLEAN_RUNS = "runs.clean_runs"
CLEAN_SNAPSHOTS = "runs.clean_snapshots"
CHORES = (CLEAN_SESSIONS, CLEAN_SUBMISSIONS, CLEAN_RESULTS, CLEAN_EVENTS, CLEAN_INCUMBENTS, CLEAN_RUNS, CLEAN_SNAPSHOTS)

TASKS = {
    SOLVE: SOLVE_QUEUE,
    DISPATCH: HIGH_QUEUE,
    TICK: DEFAULT_QUEUE,
    **dict.fromkeys(CHORES, LOW_QUEUE),
}
OTHERS_TASKS = {"celery.*": LOW_QUEUE}  # what Celery registers by itself; nothing here calls any of it

ROUTES = {name: {"queue": queue} for name, queue in (TASKS | OTHERS_TASKS).items()}
LIMITS = {name: QUEUES[queue].limits for name, queue in TASKS.items()}

PUBLISHED = "taktline_published"  # header of every message: when it was sent, seconds since 1970

TICK_SECONDS = 20  # how often the solve schedules are looked at


def queue_of(task: str) -> str | None:
    """The queue that the table sends a task to; None when no route matches."""
    patterns = (pattern for pattern in OTHERS_TASKS if fnmatchcase(task, pattern))
    return TASKS.get(task) or next((OTHERS_TASKS[pattern] for pattern in patterns), None)
