"""manage.py load_instance: fill the plant with a public instance, and solve it as a planner would.

It lives with the runs, because the plant knows nothing of solving.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from plant.contents import empty_plant, is_empty, whose
from plant.instances import load_problem
from runs.launch import ProblemRefused, RunRequest, request_run
from runs.models import ObjectiveProfile
from runs.models.limits import LEAST_SECONDS, MOST_SECONDS
from solver.instances import InstanceFormatError, read_instance
from solver.problem import Objective, Problem


class Command(BaseCommand):
    help = (
        "Fill the plant with a public benchmark instance (JSPLIB, FJSPLIB, SDST or PSPLIB; one time unit becomes a minute) "
        "and ask for a run that makes its makespan short."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--reset", action="store_true", help="delete all rows of the plant first, whoever made them")
        parser.add_argument("--seconds", type=float, default=60.0, help="of search at most (60)")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        problem = self._read(options["file"])
        if not LEAST_SECONDS <= options["seconds"] <= MOST_SECONDS:
            raise CommandError(f"--seconds is from {LEAST_SECONDS} to {MOST_SECONDS}.")
        if options["reset"]:
            empty_plant()
        elif not is_empty():
            raise CommandError(f"The plant holds {whose()}. Say --reset to delete all of them and load {problem.name}.")
        load_problem(problem, timezone.now())
        self.stdout.write(
            f"Loaded {problem.name}: {len(problem.machines)} machines, {len(problem.orders)} orders, "
            f"{len(problem.operations)} operations."
        )
        self._solve(options["seconds"])

    def _read(self, file: Path) -> Problem:
        try:
            return read_instance(file)
        except InstanceFormatError as refused:
            raise CommandError("\n".join(refused.faults)) from refused
        except OSError as missing:
            raise CommandError(f"{file} cannot be read: {missing.strerror}.") from missing

    def _solve(self, seconds: float) -> None:
        """Ask for the run; the workers take it once this command's transaction is through."""
        profile = next((each for each in ObjectiveProfile.objects.all() if each.objective() == Objective(makespan=1)), None)
        if profile is None:
            self.stdout.write("No objective profile counts the makespan alone: add one, and press Solve.")
            return
        try:
            run = request_run(RunRequest(profile=profile, limit_seconds=seconds), None).run
        except ProblemRefused as refused:
            raise CommandError("\n".join(fault.message for fault in refused.faults)) from refused
        self.stdout.write(f"Asked for run {run.pk} with the profile “{profile.name}”: /runs/{run.pk}/")
