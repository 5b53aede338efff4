"""Remember how a list with certain heads is read, and read the next one of its kind so."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Unreadable, actor_of, fold, gettext, now
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn, plan_of
from kartoteka_excel_import.mapping.reasons import is_reason
from kartoteka_excel_import.mapping.targets import targets_for
from kartoteka_excel_import.models import ImportMapping
from kartoteka_excel_import.reading.shapes import Head, Layout

#: Whose way it is when it is nobody's own.
FIRM = 0


def signature(layout: Layout) -> str:
    """Return what lists with the same heads in the same order have in common."""
    heads = "\n".join(
        fold(head.title) if head.is_named else ""
        for head in layout.heads
        if not is_reason(head.title)
    )
    return hashlib.sha256(heads.encode(errors="replace")).hexdigest()


def remember(session: Session, layout: Layout, plan: Plan, *, for_firm: bool = False) -> None:
    """Keep a plan for lists with these heads: as the person's own, or as that of the firm."""
    if not any(head.is_named for head in layout.heads):
        return  # lists without heads have nothing in common
    user = FIRM if for_firm else actor_of(session).user_id or FIRM
    code = signature(layout)
    known = session.scalar(
        select(ImportMapping).where(ImportMapping.signature == code, ImportMapping.user_id == user)
    )
    if known is None:
        session.add(ImportMapping(signature=code, user_id=user, plan=plan.as_json()))
    else:
        known.plan = plan.as_json()
        known.used_at = now()


def recalled(session: Session, layout: Layout) -> Plan | None:
    """Return the plan by which a list with these heads was read before: one's own, or the firm's.

    Columns that would fill what the person may no longer fill are left out. The sheet and the row
    of heads are those of this file.
    """
    user = actor_of(session).user_id or FIRM
    found = session.scalars(
        select(ImportMapping)
        .where(
            ImportMapping.signature == signature(layout), ImportMapping.user_id.in_((user, FIRM))
        )
        .order_by(ImportMapping.user_id.desc())
    ).first()
    if found is None:
        return None
    try:
        plan = plan_of(found.plan)
    except Unreadable:
        return None  # kept by an older release
    targets = targets_for(session)
    known = {column.letter: column for column in plan.columns if not is_reason(column.head)}
    heads = [head for head in layout.heads if not is_reason(head.title)]
    if list(known) != [head.letter for head in heads]:
        return None
    return replace(
        plan,
        wish=replace(
            plan.wish, sheet=layout.sheet, header_row=layout.header_row,
            encoding=layout.encoding, delimiter=layout.delimiter,
        ),
        columns=tuple(
            _again(known.get(head.letter), head, targets) for head in layout.heads
        ),
        constants=tuple(pair for pair in plan.constants if pair[0] in targets),
    )  # fmt: skip


def _again(known: PlannedColumn | None, head: Head, targets: Collection[str]) -> PlannedColumn:
    if known is None or is_reason(head.title):
        why = gettext("These are the reasons of an earlier import.")
        return PlannedColumn(letter=head.letter, head=head.title, why=why)
    return replace(
        known, head=head.title, why=gettext("As it was the last time."),
        target=known.target if known.target in targets else "",
    )  # fmt: skip


__all__ = ["FIRM", "recalled", "remember", "signature"]
