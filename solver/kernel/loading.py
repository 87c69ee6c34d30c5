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
import tempfile
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
ROOTS = ("lists", "annealing", "tabu")
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


class Kernel(NamedTuple):
    """What Python calls: each of them as it is defined in its module. They run without the interpreter's lock."""

    start: Callable[..., int]
    go_on: Callable[..., int]
    sequence_of: Callable[..., int]
    value_of: Callable[..., int]
    begin: Callable[..., int]
    anneal: Callable[..., int]
    move: Callable[..., int]
    begin_path: Callable[..., int]
    measure_path: Callable[..., int]
    tabu: Callable[..., int]


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
    file = file_of_code()
    if not file.exists():
        file = make(file)
    with zipfile.ZipFile(file) as archive:
        return _loaded(archive)


def make(file: Path) -> Path:
    """Compile, and keep it in the file; where that cannot be written, in a temporary one."""
    for name in ROOTS:  # and with them all others: each part is compiled as it is defined
        import_module(f"solver.kernel.{name}")
    parts = import_module("solver.kernel.compiling").parts
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as target, zipfile.ZipFile(target, "w") as archive:
        archive.writestr(INDEX, json.dumps([(part.name, part.symbol, part.takes) for part in parts]))
        for part in parts:
            archive.writestr(part.name, part.code)
    made = Path(target.name)
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        for old in file.parent.glob("kernel-*.zip"):
            old.unlink()
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_bytes(made.read_bytes())
        beside.replace(file)
        made.unlink()
        return file
    return made


def _loaded(archive: zipfile.ZipFile) -> Kernel:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name in NEVER_CALLED:
        llvm.add_symbol(name, ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value)
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    found: dict[str, Callable[..., int]] = {}
    for name, symbol, takes in json.loads(archive.read(INDEX)):
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(archive.read(name)))
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
