"""Change a plan as a person orders it: COLUMN=TARGET."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kartoteka.api import Unreadable, fold, gettext, import_target_for
from kartoteka_excel_import.mapping.heads import words_of
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.mapping.targets import Target


def ordered(plan: Plan, orders: Sequence[tuple[str, str]], targets: Mapping[str, Target]) -> Plan:
    """Return a plan in which the named columns fill what a person said.

    Columns that are not named stay as they were guessed, unless what they fill was given away. An
    empty target leaves a column out.

    Args:
        orders: head or letter of a column, and code, title or synonym of a target.

    Raises:
        Unreadable: there is no such column or target, or two columns would fill one field.
    """
    columns = list(plan.columns)
    given: dict[str, int] = {}
    named: set[int] = set()
    for name, word in orders:
        place = _place(name, columns)
        target = import_target_for(word, targets) if word else None
        if target is not None:
            own = targets[target.code]
            if given.get(own.code, place) != place and not own.takes_many:
                raise Unreadable(
                    gettext("Two columns would fill %(target)r. Choose one.", target=own.code)
                )
            given[own.code] = place
        named.add(place)
        columns[place] = replace(
            columns[place], target=target.code if target else "", confidence=1.0,
            why=gettext("You said so."),
        )  # fmt: skip
    for place, column in enumerate(columns):
        if place not in named and column.target in given:
            columns[place] = replace(
                column, target="", confidence=0.0, why=gettext("Another column fills this field.")
            )
    return replace(plan, columns=tuple(columns))


def _place(name: str, columns: Sequence[PlannedColumn]) -> int:
    ways: tuple[Callable[[PlannedColumn], bool], ...] = (
        lambda column: column.head == " ".join(name.split()),
        lambda column: fold(column.head) == fold(name),
        lambda column: words_of(column.head) == words_of(name) != (),
        lambda column: column.letter == name.strip().upper(),
    )
    for fits in ways:
        found = [place for place, column in enumerate(columns) if fits(column)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Unreadable(
                gettext("The file has the column %(column)r several times.", column=name)
            )
    raise Unreadable(
        gettext(
            "The file has no column %(column)r. It has: %(known)s.",
            column=name, known=", ".join(column.head for column in columns),
        )
    )  # fmt: skip


__all__ = ["ordered"]
