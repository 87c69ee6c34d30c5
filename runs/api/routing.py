"""The one router that all operations are put on: several of them share an address."""

from __future__ import annotations

from ninja import Router

from runs.api.callers import refuse_faults

router = Router()
router.add_decorator(refuse_faults)

RUNS, MANY, FIGURES = "Runs", "Many runs at once", "How it goes"
