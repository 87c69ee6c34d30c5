"""The table of a contest, in Markdown, as docs/performance.md has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from solver.bench.contest import PEERS, Result
from solver.bench.sets import Instance

Row = tuple[Instance, Mapping[str, Result]]

MOST_OF_PYJOBSHOP = 0.05
"""What was asked of our cost of a plant, as a share of that of PyJobShop."""


def table(rows: Sequence[Row]) -> str:
    """One line for each instance and contestant, and what it comes to."""
    head = ["instance", "best known", "who", "objective", "gap to best known", "bound"]
    head += ["first s", "proven s", "total s", "peak MB"]
    lines = ["| " + " | ".join(head) + " |", "| --- | ---: | --- | " + " | ".join(["---:"] * (len(head) - 3)) + " |"]
    for instance, results in rows:
        for who, result in results.items():
            cells = (
                instance.name,
                _number(instance.best),
                who,
                _worth(result),
                _gap(result.objective, instance.best),
                _number(result.bound),
                _seconds(result.first_seconds),
                _seconds(result.proof_seconds),
                _seconds(result.total_seconds),
                "–" if result.peak_mb is None else f"{result.peak_mb:.0f}",
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
        met = [(instance, results["ours"], results[who]) for instance, results in rows if who in results and results[who].has_run]
        if met:
            lines += [_against(name, [(mine, other) for _, mine, other in met]), *_of_plants(who, met)]
    return lines


def _against(name: str, pairs: Sequence[tuple[Result, Result]]) -> str:
    better = sum(_is_better(mine, other) for mine, other in pairs)
    worse = sum(_is_better(other, mine) for mine, other in pairs)
    parts = [part for mine, other in pairs if (part := _part(mine, other)) is not None]
    share = f"; of its objective {min(parts):.1%} to {max(parts):.1%}, median {median(parts):.1%}" if parts else ""
    return f"Against {name}: better {better}, equal {len(pairs) - better - worse}, worse {worse}{share}."


def _of_plants(who: str, met: Sequence[tuple[Instance, Result, Result]]) -> list[str]:
    """What was asked for plants: of rules by size, for those that are judged together; of PyJobShop wherever it finds a plan."""
    if who == "rules":
        groups = dict.fromkeys(instance.group for instance, _, _ in met if instance.group)
        return [f"Of the best priority rule, up to {group}: {told}." for group in groups if (told := _by_size(group, met))]
    parts = [(instance, part) for instance, mine, other in met if instance.size and (part := _part(mine, other)) is not None]
    said = f"Where PyJobShop finds a plan, of its cost ({MOST_OF_PYJOBSHOP:.1%} at most asked)"
    return [f"{said}: {'; '.join(f'{instance.name}: {part:.1%}' for instance, part in parts)}."] if parts else []


def _by_size(group: str, met: Sequence[tuple[Instance, Result, Result]]) -> str:
    """Of the plants of a group, all of a size together, and each."""
    told = []
    for size in dict.fromkeys(instance.size for instance, _, _ in met if instance.group == group):
        pairs = [
            (mine.objective, other.objective)
            for instance, mine, other in met
            if (instance.group, instance.size) == (group, size) and mine.objective is not None and other.objective
        ]
        if pairs:
            all_of_them = sum(mine for mine, _ in pairs) / sum(other for _, other in pairs)
            each = f" ({', '.join(f'{mine / other:.1%}' for mine, other in pairs)})" if len(pairs) > 1 else ""
            told.append(f"{size:,}: {all_of_them:.1%}{each}")
    return "; ".join(told)


def _part(mine: Result, other: Result) -> float | None:
    """How much of the other's objective is left; None where one of them has none, or the other's is 0."""
    return None if mine.objective is None or not other.objective else mine.objective / other.objective


def _is_better(one: Result, other: Result) -> bool:
    if one.objective is None:
        return False
    return other.objective is None or one.objective < other.objective


def _worth(result: Result) -> str:
    if result.objective is None:
        return result.remark
    return f"{result.objective:,} ({result.remark})" if result.remark else f"{result.objective:,}"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _gap(value: int | None, best: int | None) -> str:
    return "–" if value is None or not best else f"{value / best - 1:.2%}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
