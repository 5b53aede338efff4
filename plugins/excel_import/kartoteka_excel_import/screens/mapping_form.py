"""The form that says which column fills which field: what it shows, what was chosen in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import Invalid, gettext
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.mapping.targets import Target, targets_for
from kartoteka_excel_import.screens.looking import Look

#: A page of more columns would be read by nobody; the others are not used.
MOST_COLUMNS = 200
_SURE, _LIKELY = 0.9, 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class Certainty:
    """How sure we are of a column, in words and by a mark that needs no colour."""

    code: str
    words: str
    icon: str
    badge: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownColumn:
    """One column of the file as the form shows it."""

    letter: str
    head: str
    is_named: bool
    samples: Sequence[str]
    target: str
    certainty: Certainty
    why: str
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetGroup:
    """Fields of one kind of record, for the drop-down."""

    title: str
    targets: Sequence[tuple[str, str]]


def groups_of(session: Session) -> list[TargetGroup]:
    """Return everything a column may fill, grouped by the record it belongs to."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, target in targets_for(session).items():
        found.setdefault(target.part_title, []).append((code, target.title))
    return [TargetGroup(title=title, targets=targets) for title, targets in found.items()]


def columns_of(
    plan: Plan, seen: Look, errors: Mapping[str, str], form: Mapping[str, Any]
) -> list[ShownColumn]:
    """Return the columns with what is planned for them.

    Args:
        plan: as guessed, remembered or chosen.
        seen: the file.
        errors: a sentence for each letter that was chosen wrongly.
        form: what was chosen just now; it goes before the plan.
    """
    planned = {column.letter: column for column in plan.columns}
    found: list[ShownColumn] = []
    pairs = list(zip(seen.layout.heads, seen.samples, strict=True))
    for head, samples in pairs[:MOST_COLUMNS]:
        column = planned.get(head.letter)
        target = str(form.get(f"to.{head.letter}", column.target if column else ""))
        found.append(
            ShownColumn(
                letter=head.letter, head=head.title, is_named=head.is_named, samples=samples,
                target=target, why=column.why if column else "",
                certainty=certainty_of(target, column.confidence if column else 0.0),
                error=errors.get(head.letter, ""),
            )
        )  # fmt: skip
    return found


def certainty_of(target: str, confidence: float) -> Certainty:
    """Return how sure we are, in words."""
    if not target:
        return Certainty(code="none", words=gettext("Not used"), icon="fa-minus", badge="")
    if confidence >= _SURE:
        return Certainty(
            code="sure", words=gettext("Sure"), icon="fa-circle-check", badge="badge-good"
        )
    if confidence >= _LIKELY:
        return Certainty(
            code="likely", words=gettext("Probably"), icon="fa-circle-half-stroke",
            badge="badge-info",
        )  # fmt: skip
    return Certainty(
        code="guess", words=gettext("Please check"), icon="fa-circle-question", badge="badge-warn"
    )


def as_last_time(known: Plan) -> tuple[PlannedColumn, ...]:
    """Return the columns of a remembered plan, saying so."""
    why = gettext("as last time")
    return tuple(replace(column, why=why if column.target else "") for column in known.columns)


def is_as_last_time(plan: Plan) -> bool:
    """Say whether columns are filled as they were the last time."""
    return any(column.why == gettext("as last time") for column in plan.columns)


def chosen(session: Session, plan: Plan, seen: Look, form: Mapping[str, Any]) -> Plan:
    """Return the plan with what a person chose for the columns.

    Raises:
        Invalid: a sentence for each letter: no such field, a field that two columns would fill.
    """
    targets = targets_for(session)
    planned = {column.letter: column for column in plan.columns}
    columns: list[PlannedColumn] = []
    errors: dict[str, str] = {}
    for place, head in enumerate(seen.layout.heads):
        old = planned.get(head.letter)
        code = str(form.get(f"to.{head.letter}", "")) if place < MOST_COLUMNS else ""
        if code and code not in targets:
            errors[head.letter] = gettext("There is no such field. Choose one from the list.")
        if old is None or old.target != code:
            old = PlannedColumn(
                letter=head.letter, head=head.title, target=code, confidence=1.0 if code else 0.0,
                why=gettext("you chose it") if code else "",
            )  # fmt: skip
        elif code:
            # Whoever sends the form has seen the guess and lets it stand.
            old = replace(old, confidence=max(old.confidence, _SURE))
        columns.append(old)
    errors |= _twice(columns, targets)
    if not errors and not any(column.target for column in columns):
        errors[""] = gettext("Choose a field for at least one column.")
    if errors:
        raise Invalid(errors)
    return replace(plan, columns=tuple(columns))


def _twice(columns: Sequence[PlannedColumn], targets: Mapping[str, Target]) -> dict[str, str]:
    """Return a sentence for each column that wants what another one fills already."""
    often = Counter(column.target for column in columns if column.target)
    return {
        column.letter: gettext(
            "Several columns would fill “%(field)s”. Leave it to one of them.",
            field=targets[column.target].title,
        )
        for column in columns
        if often[column.target] > 1
        and column.target in targets
        and not targets[column.target].takes_many
    }  # fmt: skip


__all__ = [
    "MOST_COLUMNS", "Certainty", "ShownColumn", "TargetGroup", "as_last_time", "certainty_of",
    "chosen", "columns_of", "groups_of", "is_as_last_time",
]  # fmt: skip
