"""The table of a contest, in Markdown, as docs/performance.md has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from solver.bench.contest import PEERS, Result
from solver.bench.sets import Instance

Row = tuple[Instance, Mapping[str, Result]]


def table(rows: Sequence[Row]) -> str:
    """One line for each instance and contestant, and what it comes to."""
    head = ("instance", "best known", "who", "objective", "gap to best known", "bound", "first s", "proven s", "peak MB")
    lines = ["| " + " | ".join(head) + " |", "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for instance, results in rows:
        for who, result in results.items():
            cells = (
                instance.name,
                _number(instance.best),
                who,
                result.remark if result.objective is None else _number(result.objective),
                _gap(result.objective, instance.best),
                _number(result.bound),
                _seconds(result.first_seconds),
                _seconds(result.proof_seconds),
                f"{result.peak_mb:.0f}",
            )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_summary(rows)]) + "\n"


def _summary(rows: Sequence[Row]) -> list[str]:
    lines = []
    gaps = [
        (results["ours"].objective or 0) / instance.best - 1
        for instance, results in rows
        if instance.best and results["ours"].objective is not None
    ]
    if gaps:
        lines.append(f"Gap to the best known: mean {sum(gaps) / len(gaps):.2%}, worst {max(gaps):.2%}.")
    for who, name in PEERS.items():
        both = [(results["ours"], results[who]) for _, results in rows if who in results and results[who].has_run]
        if both:
            better = sum(_is_better(mine, other) for mine, other in both)
            worse = sum(_is_better(other, mine) for mine, other in both)
            lines.append(f"Against {name}: better {better}, equal {len(both) - better - worse}, worse {worse}{_share(both)}.")
    return lines


def _share(pairs: Sequence[tuple[Result, Result]]) -> str:
    """How much of the other's objective is left, where both have one."""
    shares = [mine.objective / other.objective for mine, other in pairs if mine.objective is not None and other.objective]
    return f"; of its objective {min(shares):.1%} to {max(shares):.1%}, median {median(shares):.1%}" if shares else ""


def _is_better(one: Result, other: Result) -> bool:
    if one.objective is None:
        return False
    return other.objective is None or one.objective < other.objective


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _gap(value: int | None, best: int | None) -> str:
    return "–" if value is None or not best else f"{value / best - 1:.2%}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
