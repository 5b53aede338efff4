"""Write a report into a file, by the writers of exported lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Day, DecimalNumber, Kind, Percent, Reading, Text_
from kartoteka.i18n import gettext
from kartoteka.models.client import Client
from kartoteka.reports.result import Block, Cell, CellKind, Line, Result
from kartoteka.services import sheet_pipe
from kartoteka.services.export_cells import Format, number_format, turner, width
from kartoteka.services.exporting import sheet_name, write_csv
from kartoteka.services.sheet_file import Sheet

_KINDS: dict[CellKind, Kind[Any]] = {
    "number": DecimalNumber(0), "money": DecimalNumber(2), "percent": Percent(),
    "days": DecimalNumber(1), "day": Day(), "text": Text_(255),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Column:
    """A column of the file: sums of one currency stand in one of their own."""

    head: str
    kind: CellKind
    code: str
    currency: str = ""


def write(result: Result, path: Path, form: Format, reading: Reading) -> int:
    """Write all tables of a report below each other; return how many rows there are."""
    blocks = [block for block in result.blocks if block.lines]
    several = len(blocks) > 1
    columns = _columns(blocks)
    made = [
        _values(blocks, column) for column in columns
    ]  # fmt: skip
    heads = [column.head for column in columns]
    if several:
        heads.insert(0, gettext("Table"))
        made.insert(0, [block.title for block in blocks for _line in _lines(block)])
        columns.insert(0, _Column(head=heads[0], kind="text", code=""))
    fields = [Field(on=Client, name="of_report", kind=_KINDS[one.kind], title="")
              for one in columns]  # fmt: skip
    turned = [
        turner(field, form, reading, "")(values, {})
        for field, values in zip(fields, made, strict=True)
    ]
    rows = len(turned[0]) if turned else 0
    chunks: list[Sequence[Sequence[Any]]] = [turned] if rows else []
    if form == "csv":
        write_csv(path, heads, chunks)
    else:
        sheet = Sheet(
            path=str(path), title=sheet_name(result.title), heads=heads,
            formats=[number_format(field, reading) for field in fields],
            widths=[width(field) for field in fields],
        )  # fmt: skip
        sheet_pipe.write(sheet, chunks)
    return sum(len(block.lines) for block in blocks)


def _columns(blocks: Sequence[Block]) -> list[_Column]:
    found: list[_Column] = []
    first = gettext("Table")
    taken = {first}
    known: set[tuple[str, str, str]] = set()
    for block in blocks:
        for place, head in enumerate(block.heads):
            for currency in _currencies(block, place) if head.kind == "money" else [""]:
                if (head.code, head.kind, currency) in known:
                    continue
                known.add((head.code, head.kind, currency))
                title = f"{head.title}, {currency}" if currency else head.title
                title = f"{title}, %" if head.kind == "percent" and "%" not in title else title
                text, number = title, 2
                while text in taken:
                    text, number = f"{title} ({number})", number + 1
                taken.add(text)
                found.append(_Column(head=text, kind=head.kind, code=head.code, currency=currency))
    return found


def _currencies(block: Block, place: int) -> list[str]:
    found = {code for line in _lines(block) for code, _sum in line.cells[place].value or ()}
    return sorted(found) or [""]


def _values(blocks: Sequence[Block], column: _Column) -> list[Any]:
    found: list[Any] = []
    for block in blocks:
        places = [place for place, head in enumerate(block.heads)
                  if (head.code, head.kind) == (column.code, column.kind)]  # fmt: skip
        found += [
            _value(line.cells[places[0]], column) if places else None for line in _lines(block)
        ]
    return found


def _value(cell: Cell, column: _Column) -> Any:
    if column.kind == "money":
        amounts = dict(cell.value or ())
        amount = amounts.get(column.currency)
        return None if amount is None else Decimal(amount)
    if cell.value is None or column.kind == "day":
        return cell.value
    if column.kind == "text":
        return cell.words or str(cell.value)
    return Decimal(cell.value)


def _lines(block: Block) -> list[Line]:
    return [*block.lines, *([block.total] if block.total is not None else [])]


__all__ = ["write"]
