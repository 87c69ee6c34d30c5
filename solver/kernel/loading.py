"""Machine code of the kernel, loaded without numba: that takes milliseconds instead of a second.

It lies in one file beside the source, named after the source, the processor and the versions that made it. Where there is none,
as after an update, it is made first; `bin/setup` does so.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import platform
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm

HERE = Path(__file__).parent
INDEX = "index.json"
OLD_SECONDS = 86_400  # what others may still be about to load is left alone
ROOTS = ("lists", "keeping", "variations", "annealing", "urging", "tabu", "breeding")
NEVER_CALLED = (
    "numba_gil_ensure",
    "numba_gil_release",
    "numba_do_raise",
    "numba_unpickle",
    "NRT_Free",
    "numba_runtime_build_excinfo_struct",
)
"""Where compiled code would go to raise something, which the kernel does not."""

C_TYPES = {"int": ctypes.c_int64, "bool": ctypes.c_int64, "float": ctypes.c_double, "None": None}


class Loadable(NamedTuple):
    """A part of the kernel: its machine code, the symbol in it, and the annotations of its parameters and its answer."""

    name: str
    symbol: str
    takes: list[str]
    code: bytes


class Kernel(NamedTuple):
    """What Python calls: each of them as it is defined in its module. They run without the interpreter's lock."""

    start: Callable[..., int]
    go_on: Callable[..., int]
    sequence_of: Callable[..., int]
    keep: Callable[..., int]
    value_of: Callable[..., int]
    begin: Callable[..., int]
    anneal: Callable[..., int]
    begin_urging: Callable[..., int]
    urge: Callable[..., int]
    take_pushes: Callable[..., int]
    move: Callable[..., int]
    begin_path: Callable[..., int]
    tabu: Callable[..., int]
    join: Callable[..., int]
    breed: Callable[..., int]


def file_of_code() -> Path:
    """Where the machine code of exactly this source for exactly this processor lies, once it is made."""
    digest = hashlib.sha256()
    for path in sorted(HERE.glob("*.py")):
        digest.update(path.read_bytes())
    made_by = (version("numba"), version("llvmlite"), platform.machine(), llvm.get_host_cpu_name())
    digest.update(json.dumps([*made_by, llvm.get_host_cpu_features().flatten()]).encode())
    return HERE / "__pycache__" / f"kernel-{digest.hexdigest()[:16]}.zip"


def load() -> Kernel:
    """Make what is missing, and load it.

    With `python -X plain_kernel` all is plain Python, which says where it reads beyond the end of a table.
    """
    if "plain_kernel" in sys._xoptions:  # noqa: SLF001 - the documented name
        import_module("numba").config.DISABLE_JIT = True
        modules = [import_module(f"solver.kernel.{name}") for name in ROOTS]
        return Kernel(*(next(getattr(module, name) for module in modules if hasattr(module, name)) for name in Kernel._fields))
    try:
        parts = _read(file_of_code())
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):  # not there, or damaged
        parts = make(file_of_code())
    return _loaded(parts)


def make(file: Path) -> list[Loadable]:
    """Compile everything, and keep it in the file if that can be written. Raises RuntimeError where numba is switched off."""
    for name in ROOTS:  # and with them all others: each part is compiled as it is defined
        import_module(f"solver.kernel.{name}")
    made = import_module("solver.kernel.compiling").parts
    if not made:
        raise RuntimeError("The search cannot be compiled: NUMBA_DISABLE_JIT is set in the environment.")
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        with zipfile.ZipFile(beside, "w") as archive:
            archive.writestr(INDEX, json.dumps([(part.name, part.symbol, part.takes) for part in made]))
            for part in made:
                archive.writestr(part.name, part.code)
        beside.chmod(0o644)
        beside.replace(file)
        for old in file.parent.glob("kernel-*"):
            if old != file and old.stat().st_mtime < time.time() - OLD_SECONDS:
                old.unlink()
    return [Loadable(part.name, part.symbol, list(part.takes), part.code) for part in made]


def _read(file: Path) -> list[Loadable]:
    with zipfile.ZipFile(file) as archive:
        index = json.loads(archive.read(INDEX))
        return [Loadable(name, symbol, takes, archive.read(name)) for name, symbol, takes in index]


def _loaded(parts: list[Loadable]) -> Kernel:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name in NEVER_CALLED:
        llvm.add_symbol(name, ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value)
    target = llvm.Target.from_default_triple()
    found: dict[str, Callable[..., int]] = {}
    for name, symbol, takes, code in parts:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target.create_target_machine(jit=True))
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        address = engine.get_function_address(symbol)
        llvm.add_symbol(f"taktline_{name}", address)
        _engines.append(engine)
        found[name] = _callable(address, takes)
    return Kernel(*(found[name] for name in Kernel._fields))


def _callable(address: int, takes: list[str]) -> Callable[..., int]:
    *kinds, answer = [C_TYPES.get(kind, ctypes.c_void_p) for kind in takes]
    prototype: Any = ctypes.CFUNCTYPE(answer, *kinds)  # type: ignore[arg-type] # None stands for no answer
    function = prototype(address)
    return lambda *arguments: function(*(getattr(argument, "address", argument) for argument in arguments))


_engines: list[Any] = []
"""What the addresses belong to."""

kernel = load()
