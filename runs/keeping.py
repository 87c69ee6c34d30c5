"""The best plan of a run that made no draft of it, because it failed on the way or was cancelled."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from plans.drafts import save_draft
from plans.models import Plan
from runs.models import Run
from runs.models.run import GIVEN_UP
from runs.recorder import Best


@transaction.atomic
def keep_plan(run_id: int, person: User) -> Plan | None:
    """The draft of the run's newest incumbent, made once however often it is asked for.

    None for a run that found no plan or may still make a draft itself. Raises Run.DoesNotExist.
    """
    run = Run.objects.select_for_update(of=("self",)).select_related("snapshot", "plan").get(pk=run_id)
    if run.state not in GIVEN_UP or run.plan is not None:
        return run.plan
    best = Best.stored(run_id)
    if best is None:
        return None
    plan = save_draft(run.snapshot, best.schedule, "", person, best.measures)
    Run.objects.filter(pk=run_id).update(plan=plan)
    return plan
