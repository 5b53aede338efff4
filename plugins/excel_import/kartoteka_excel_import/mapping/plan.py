"""What a person decided about a file: which column fills what, and how rows meet the base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast, get_args

from kartoteka.api import Unreadable, gettext
from kartoteka_excel_import.reading.shapes import Wish

Mode = Literal["create", "update", "both"]
Alike = Literal["hold", "create"]
EqualNames = Literal["match", "hold"]
BadCells = Literal["reject", "leave"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedColumn:
    """One column of a file.

    Args:
        letter: of the column, as the spreadsheet shows it.
        head: its head as written.
        target: code of what it fills; empty: it is not used.
        confidence: how sure it is, 0 to 1; 1 where a person said so.
        why: a sentence for the person who decides.
    """

    letter: str
    head: str
    target: str = ""
    confidence: float = 0.0
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How a file comes into the base.

    Args:
        wish: which sheet, which row of heads, which encoding.
        columns: all columns of the file in their order.
        constants: code of a target and the text that fills it in every row.
        mode: `create` leaves what is in the base as it is, `update` takes no new clients.
        alike: what becomes of rows that are only similar to a client of the base.
        equal_names: `match` takes a row for the one client of the base with the very same name when
            nothing speaks against it; `hold` takes an equal name for no more than similar.
        bad_cells: `reject` takes no row with a cell that does not pass; `leave` leaves the cell out
            and takes the rest, unless it is of a field that must be filled.
        empties_overwrite: an empty cell empties the field of a record that is there.
        owner_id: responsible manager of new clients whose row names none.
        region: country of phones without +, such as BG; empty: that of the firm.
    """

    wish: Wish = field(default_factory=Wish)
    columns: tuple[PlannedColumn, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    mode: Mode = "both"
    alike: Alike = "hold"
    equal_names: EqualNames = "match"
    bad_cells: BadCells = "reject"
    empties_overwrite: bool = False
    owner_id: int | None = None
    region: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain values, to be kept."""
        found = asdict(self)
        found["wish"]["known_heads"] = list(self.wish.known_heads)
        found["columns"] = [asdict(column) for column in self.columns]
        found["constants"] = [list(pair) for pair in self.constants]
        return found


def plan_of(found: Any) -> Plan:
    """Return the plan that `as_json` gave; a key that is not there has its default.

    Raises:
        Unreadable: it is no plan.
    """
    if not isinstance(found, Mapping):
        raise Unreadable(gettext("This is no plan of an import: %(why)s.", why=str(found)[:60]))
    try:
        known = dict(cast("Mapping[str, Any]", found))
        wish = dict(known.pop("wish", {}))
        wish["known_heads"] = tuple(wish.get("known_heads", ()))
        known["wish"] = Wish(**wish)
        known["columns"] = tuple(PlannedColumn(**column) for column in known.get("columns", ()))
        known["constants"] = tuple(
            (str(code), str(text)) for code, text in known.get("constants", ())
        )
        plan = Plan(**known)
    except (TypeError, ValueError) as error:
        raise Unreadable(gettext("This is no plan of an import: %(why)s.", why=error)) from error
    if (
        plan.mode not in get_args(Mode)
        or plan.alike not in get_args(Alike)
        or plan.equal_names not in get_args(EqualNames)
        or plan.bad_cells not in get_args(BadCells)
    ):
        raise Unreadable(
            gettext(
                "There is no mode %(mode)r. Choose create, update or both.",
                mode=f"{plan.mode}, {plan.alike}, {plan.equal_names}, {plan.bad_cells}",
            )
        )
    return plan


__all__ = ["Alike", "BadCells", "EqualNames", "Mode", "Plan", "PlannedColumn", "plan_of"]
