"""What numba has to know of blocks: their types, and how to reach what is in them."""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import models, register_model

from solver.kernel.blocks import LIST, NUMBER, Layout

WORD = ir.IntType(64)
PLACE = WORD.as_pointer()


class BlockType(types.Type):
    """A block of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        super().__init__(layout.name)


class BlocksType(types.Type):
    """A list of blocks of one layout."""

    def __init__(self, kind: BlockType) -> None:
        self.kind = kind
        super().__init__(f"Blocks({kind.name})")


class RowType(types.Type):
    """A list, or one row of a table."""

    def __init__(self, *, is_constant: bool) -> None:
        self.is_constant = is_constant
        super().__init__(f"Row({is_constant})")


class TableType(types.Type):
    """Rows of `width` columns."""

    def __init__(self, width: int, *, is_constant: bool) -> None:
        self.width = width
        self.is_constant = is_constant
        super().__init__(f"Table({width}, {is_constant})")


@register_model(BlockType)
class _BlockModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: BlockType) -> None:
        super().__init__(manager, kind, PLACE)


@register_model(RowType)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: RowType) -> None:
        super().__init__(manager, kind, PLACE)


@register_model(BlocksType)
class _BlocksModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: BlocksType) -> None:
        super().__init__(manager, kind, PLACE)


@register_model(TableType)
class _TableModel(models.StructModel):
    def __init__(self, manager: Any, kind: TableType) -> None:
        super().__init__(manager, kind, [("first", types.CPointer(types.int64)), ("width", types.int64)])


@infer_getattr
class _BlockAttributes(AttributeTemplate):
    key = BlockType

    def generic_resolve(self, block: BlockType, name: str) -> types.Type | None:
        field, is_constant = dict(block.layout.fields).get(name), block.layout.is_constant
        if field is None:
            return None
        if isinstance(field, Layout):
            return BlocksType(BlockType(field))
        if field == NUMBER:
            return types.int64
        return RowType(is_constant=is_constant) if field == LIST else TableType(field, is_constant=is_constant)


def _load(builder: Any, place: Any, *, is_constant: bool) -> Any:
    value = builder.load(place)
    if is_constant:
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_getattr_generic(BlockType)
def _block_attribute(context: Any, builder: Any, kind: BlockType, block: Any, name: str) -> Any:
    place = kind.layout.place(name)
    field = dict(kind.layout.fields)[name]
    first = _load(builder, builder.gep(block, [WORD(place)]), is_constant=True)
    if field == NUMBER:
        return first
    pointer = builder.inttoptr(first, PLACE)
    if field == LIST or isinstance(field, Layout):
        return pointer
    width = WORD(field) if field > 0 else _load(builder, builder.gep(block, [WORD(place + 1)]), is_constant=True)
    table = context.make_helper(builder, TableType(field, is_constant=kind.layout.is_constant))
    table.first = pointer
    table.width = width
    return table._getvalue()  # noqa: SLF001 - numba's own name for it


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args: tuple[types.Type, ...], _kws: Any) -> Any:
        return _item(args, None)


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args: tuple[types.Type, ...], _kws: Any) -> Any:
        return _item(args[:2], types.int64) if isinstance(args[0], RowType | TableType) and not args[0].is_constant else None


def _item(args: tuple[types.Type, ...], value: types.Type | None) -> Any:
    held, index = args
    result = (types.none, value) if value else (types.int64,)
    if isinstance(held, BlocksType) and isinstance(index, types.Integer) and not value:
        return signature(held.kind, held, types.intp)
    if isinstance(held, RowType) and isinstance(index, types.Integer):
        return signature(result[0], held, types.intp, *result[1:])
    if isinstance(held, TableType) and isinstance(index, types.BaseTuple) and len(index) == 2:
        return signature(result[0], held, types.UniTuple(types.intp, 2), *result[1:])
    if isinstance(held, TableType) and isinstance(index, types.Integer) and not value:
        return signature(RowType(is_constant=held.is_constant), held, types.intp)
    return None


def _row(context: Any, builder: Any, kind: TableType, value: Any, row: Any) -> Any:
    table = context.make_helper(builder, kind, value)
    width = WORD(kind.width) if kind.width else table.width
    return builder.gep(table.first, [builder.mul(row, width)])


def _cell(context: Any, builder: Any, kind: TableType, value: Any, index: Any) -> Any:
    row, column = builder.extract_value(index, 0), builder.extract_value(index, 1)
    return builder.gep(_row(context, builder, kind, value, row), [column])


@lower_builtin(operator.getitem, RowType, types.Integer)
def _get_in_row(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _load(builder, builder.gep(args[0], [args[1]]), is_constant=sig.args[0].is_constant)


@lower_builtin(operator.setitem, RowType, types.Integer, types.Integer)
def _set_in_row(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    builder.store(args[2], builder.gep(args[0], [args[1]]))


@lower_builtin(operator.getitem, TableType, types.UniTuple)
def _get_in_table(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _load(builder, _cell(context, builder, sig.args[0], *args), is_constant=sig.args[0].is_constant)


@lower_builtin(operator.setitem, TableType, types.UniTuple, types.Integer)
def _set_in_table(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], _cell(context, builder, sig.args[0], *args[:2]))


@lower_builtin(operator.getitem, TableType, types.Integer)
def _get_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _row(context, builder, sig.args[0], *args)


@lower_builtin(operator.getitem, BlocksType, types.Integer)
def _get_block(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
    return builder.inttoptr(_load(builder, builder.gep(args[0], [args[1]]), is_constant=True), PLACE)
