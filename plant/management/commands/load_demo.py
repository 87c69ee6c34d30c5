"""manage.py load_demo: fill the plant with the demo."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from plant.contents import empty_plant, is_empty, whose
from plant.demo.load import load_demo, origin
from plant.models import Machine, Operation, Operator, Order, Site


class Command(BaseCommand):
    help = "Fill the plant with Hallenbach Präzision, an invented maker of shafts and drive units, as of today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="so many times as many machines, people and orders")
        parser.add_argument("--reset", action="store_true", help="delete all rows of the plant first, whoever made them")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        scale = options["scale"]
        if scale < 1:
            raise CommandError("The scale is 1 or more.")
        if options["reset"]:
            empty_plant()
        elif not is_empty():
            if Site.load().origin != origin(scale):
                raise CommandError(f"The plant holds {whose()}. Say --reset to delete all of them and load the demo.")
            self.stdout.write("The demo plant is loaded already; --reset loads it afresh, as of today.")
            return
        load_demo(timezone.now(), scale)
        self.stdout.write(
            f"Loaded {Site.load()}: {Machine.objects.count()} machines, {Operator.objects.count()} operators, "
            f"{Order.objects.count()} orders with {Operation.objects.count()} operations."
        )
