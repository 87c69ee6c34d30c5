"""The sets: public instances with the best values that the literature knows, and generated plants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from solver.bench.plants import BUSY_DAYS, EVERYTHING, FEATURES, plant
from solver.instances import read_instance
from solver.problem import Problem


class Instance(NamedTuple):
    """`best`: the smallest makespan that anybody has found, None where nobody says. `make` raises OSError without the file.
    Of plants, `size` is about how many operations there are, and `group` which of them are judged together, if they are."""

    name: str
    best: int | None
    make: Callable[[], Problem]
    size: int | None = None
    group: str = ""


PUBLIC: dict[str, dict[str, int | None]] = {
    "fjsp": {
        **{f"fjsp_mk{n:02}.txt": best for n, best in enumerate((40, 26, 204, 60, 172, 57, 139, 523, 307, 193), 1)},
        "fjsp_01a.txt": 2505,
        "fjsp_07a.txt": 2254,
        "fjsp_13a.txt": 2236,
        "fjsp_18a.txt": 2070,
        "fjsp_abz7_edata.txt": 610,
        "fjsp_abz8_vdata.txt": 507,
        "fjsp_la21_vdata.txt": 800,
        "fjsp_la27_rdata.txt": 1085,
        "fjsp_la29_rdata.txt": 994,
        "fjsp_behnke36.txt": 388,
        "fjsp_behnke56.txt": 390,
    },
    "jsp": {
        "jsp_ft06.txt": 55,
        "jsp_ft10.txt": 930,
        "jsp_la27.txt": 1235,
        "jsp_la29.txt": 1152,
        "jsp_la38.txt": 1196,
        "jsp_ta01.txt": 1231,
        "jsp_ta21.txt": 1642,
        "jsp_ta41.txt": 2005,
        "jsp_ta71.txt": 5464,
    },
    "sdst": {"sdst_la11_edata.json": None, "sdst_la16_edata.json": None, "sdst_la27_edata.json": None},
    "rcpsp": {"j120_11_1.rcp": 171, "j120_31_1.rcp": 197, "j120_51_1.rcp": 206},
    "large": {"jsp_tai_100_100_1.txt": 76926},
}
PLANT_SIZES = (300, 2_000, 10_000)
LARGEST_PLANT = 20_000
"""As many operations as the product plans at once. Of published plans no repairs are measured there."""

PLANTS_OF_SIZE = {300: 6, 2_000: 3}
"""How many there are with lags and limits: of one it is luck how much of its tardiness nobody can help."""
BUSY_PLANTS, BUSY_SIZE = 3, 300
"""With calendars alone, where PyJobShop finds plans."""

NAMES = (*PUBLIC, "plants")
REPAIR, FIRST, HALT = "repair", "first", "halt"
"""Those of `solver.bench.repairs`, `solver.bench.first` and `solver.bench.halt`, which are no contests."""


def instances(name: str, folder: Path | None, largest: int = LARGEST_PLANT) -> list[Instance]:
    """Those of a set: plants up to a size, or public ones, files of `folder`. Raises ValueError when that is not given."""
    if name == "plants":
        sizes = [size for size in (*PLANT_SIZES, LARGEST_PLANT) if size <= largest]
        found = [_plant(size, count) for size in sizes for count in range(1, len(EVERYTHING) + 1)]
        others = [_another(size, seed) for size in sizes for seed in range(2, PLANTS_OF_SIZE.get(size, 1) + 1)]
        return [*found, *others, *[_busy(seed) for seed in range(1, BUSY_PLANTS + 1)]]
    if folder is None:
        raise ValueError(f"The set {name} needs the folder of its instances: --instances FOLDER.")
    return [_public(folder / file, best) for file, best in PUBLIC[name].items()]


def _public(path: Path, best: int | None) -> Instance:
    return Instance(path.stem, best, lambda: read_instance(path))


def _plant(size: int, count: int) -> Instance:
    features = EVERYTHING[:count]
    name = f"{size}, {features[-1] if count == 1 else '+ ' + features[-1]}"
    return Instance(name, None, lambda: plant(size, features), size, features[-1] if count >= len(FEATURES) else "")


def _another(size: int, seed: int) -> Instance:
    name = f"{size}, + {FEATURES[-1]}, plant {seed}"
    return Instance(name, None, lambda: plant(size, FEATURES, seed), size, FEATURES[-1])


def _busy(seed: int) -> Instance:
    name = f"{BUSY_SIZE}, {FEATURES[0]}, busy, plant {seed}"
    return Instance(name, None, lambda: plant(BUSY_SIZE, FEATURES[:1], seed, BUSY_DAYS), BUSY_SIZE)
