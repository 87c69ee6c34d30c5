"""What is wrong with the plant's data, as people are told it: what has one cause is one line, the rest folded under it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plans.snapshot import PlanningFault
from plant.links import admin_url
from plant.models import Machine, OperationMode


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A sentence, and where in the admin to mend it (empty for who may not). `folded`: what would be mended with it."""

    message: str
    url: str
    folded: Sequence[FaultLine] = ()


def fault_lines(faults: Iterable[PlanningFault], *, may_mend: bool) -> list[FaultLine]:
    """One line for each fault, but only one for all operations that wait for the same machine that is out of use."""
    told = list(faults)
    idle = _idle_machines([fault.subject_id for fault in told if fault.code == "no_mode"])
    lines: list[FaultLine] = []
    groups: dict[tuple[Machine, ...], list[FaultLine]] = {}
    for fault in told:
        line = FaultLine(fault.message, _url(fault.subject_id, may_mend=may_mend))
        machines = idle.get(fault.subject_id, ()) if fault.code == "no_mode" else ()
        (groups.setdefault(machines, []) if machines else lines).append(line)
    return [_group(machines, folded, may_mend=may_mend) for machines, folded in groups.items()] + lines


def _group(machines: Sequence[Machine], folded: Sequence[FaultLine], *, may_mend: bool) -> FaultLine:
    names = " and ".join(str(machine) for machine in machines)
    subject = f"Machine {names} is" if len(machines) == 1 else f"Machines {names} are"
    work = "1 operation has" if len(folded) == 1 else f"{len(folded)} operations have"
    message = f"{subject} not active, and {work} no other machine."
    return FaultLine(message, _url(f"machine:{machines[0].pk}", may_mend=may_mend), tuple(folded))


def _idle_machines(operations: Sequence[str]) -> Mapping[str, tuple[Machine, ...]]:
    """By operation (“operation:12”): the inactive machines that could do it."""
    keys = {int(key) for kind, _, key in (operation.partition(":") for operation in operations) if kind == "operation"}
    modes = OperationMode.objects.filter(operation__in=keys, machine__is_active=False).select_related("machine")
    found: dict[str, tuple[Machine, ...]] = {}
    for mode in modes.order_by("operation", "machine__code"):
        name = f"operation:{mode.operation_id}"
        found[name] = (*found.get(name, ()), mode.machine)
    return found


def _url(subject_id: str, *, may_mend: bool) -> str:
    return (admin_url(subject_id) or "") if may_mend else ""
