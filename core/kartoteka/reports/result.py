"""What came of a report: plain values, so that a job keeps them and every way shows the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

from kartoteka.criteria import document
from kartoteka.criteria.tree import Condition, Group, Tree, all_of

#: What a cell holds: a whole number, sums by currency, per cent, days with tenths, a day, a text.
CellKind = Literal["number", "money", "percent", "days", "day", "text"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opens:
    """What a cell leads to: the records that fit `criteria`, or the record with this `id`."""

    entity: str
    criteria: Mapping[str, Any] | None = None
    id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One value. Sums of money are pairs of currency and amount; amounts are texts."""

    value: Any = None
    opens: Opens | None = None
    tone: str = ""
    #: The value in words, where that is not plain.
    words: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The head of a column."""

    code: str
    title: str
    kind: CellKind = "number"
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row: a cell for each head. `code` names it for programs."""

    code: str
    cells: Sequence[Cell]
    tone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """Which columns of a table are drawn."""

    kind: str
    of: Sequence[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One table of a report.

    Args:
        total: the last row; None where there is none.
        whole: how many rows there are, when not all of them are here.
        opens: all records of a listing.
    """

    title: str
    heads: Sequence[Head]
    lines: Sequence[Line]
    total: Line | None = None
    tiles: Sequence[tuple[Head, Cell]] = ()
    drawing: Drawing | None = None
    whole: int | None = None
    opens: Opens | None = None
    empty: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A report as it was at a moment, for one reader."""

    code: str
    title: str
    at: str
    said: Sequence[str]
    blocks: Sequence[Block]

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to show in any of its tables."""
        return not any(block.lines or block.tiles for block in self.blocks)


def plain(result: Result) -> dict[str, Any]:
    """Return a result as JSON values."""
    return asdict(result)


def read(kept: Mapping[str, Any]) -> Result:
    """Return a result from what `plain` made of it."""
    return Result(
        code=kept["code"], title=kept["title"], at=kept["at"], said=tuple(kept["said"]),
        blocks=tuple(_block(one) for one in kept["blocks"]),
    )  # fmt: skip


def opened(entity: str, trees: Sequence[Tree]) -> Opens:
    """Return what leads to the records for which all these conditions hold."""
    return Opens(entity=entity, criteria=document.write(flat(trees)))


def flat(trees: Sequence[Tree]) -> Group:
    """Return conditions as one group, without groups that only say "all" again."""
    parts: list[Tree] = []
    for tree in trees:
        if isinstance(tree, Group) and tree.how == "all":
            parts += flat(tree.parts).parts
        else:
            parts.append(tree)
    return all_of(*dict.fromkeys(parts))


def simple(criteria: Mapping[str, Any]) -> list[Condition] | None:
    """Return criteria as plain filters of a list; None where they are more than that."""
    tree = document.read(dict(criteria))
    assert isinstance(tree, Group)
    found: list[Condition] = []
    for part in tree.parts:
        if isinstance(part, Group) or part.operand.source != "field":
            return None
        if isinstance(part.value, tuple | bool):
            return None
        found.append(part)
    return found


def _block(kept: Mapping[str, Any]) -> Block:
    total, drawing, opens = kept["total"], kept["drawing"], kept["opens"]
    tiles = cast("list[tuple[Any, Any]]", kept["tiles"])
    return Block(
        title=kept["title"], heads=[Head(**one) for one in kept["heads"]],
        lines=[_line(one) for one in kept["lines"]], total=total and _line(total),
        tiles=[(Head(**head), _cell(cell)) for head, cell in tiles],
        drawing=drawing and Drawing(**drawing), whole=kept["whole"],
        opens=opens and Opens(**opens), empty=kept["empty"],
    )  # fmt: skip


def _line(kept: Mapping[str, Any]) -> Line:
    cells = [_cell(one) for one in kept["cells"]]
    return Line(code=kept["code"], cells=cells, tone=kept["tone"])


def _cell(kept: Mapping[str, Any]) -> Cell:
    opens = kept["opens"]
    return Cell(
        value=kept["value"], opens=opens and Opens(**opens), tone=kept["tone"],
        words=kept["words"],
    )  # fmt: skip


__all__ = [
    "Block", "Cell", "CellKind", "Drawing", "Head", "Line", "Opens", "Result", "flat", "opened",
    "plain", "read", "simple",
]  # fmt: skip
