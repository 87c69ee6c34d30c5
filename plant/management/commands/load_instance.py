"""manage.py load_instance: fill the plant with a public instance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from plant.contents import empty_plant, is_empty, whose
from plant.instances import load_problem
from solver.instances import InstanceFormatError, read_instance


class Command(BaseCommand):
    help = "Fill the plant with a public benchmark instance: JSPLIB, FJSPLIB, SDST or PSPLIB. One time unit becomes a minute."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--reset", action="store_true", help="delete all rows of the plant first, whoever made them")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            problem = read_instance(options["file"])
        except InstanceFormatError as refused:
            raise CommandError("\n".join(refused.faults)) from refused
        except OSError as missing:
            raise CommandError(f"{options['file']} cannot be read: {missing.strerror}.") from missing
        if options["reset"]:
            empty_plant()
        elif not is_empty():
            raise CommandError(f"The plant holds {whose()}. Say --reset to delete all of them and load {problem.name}.")
        load_problem(problem, timezone.now())
        self.stdout.write(
            f"Loaded {problem.name}: {len(problem.machines)} machines, {len(problem.orders)} orders, "
            f"{len(problem.operations)} operations. Solve it with the profile “Shortest makespan”."
        )
