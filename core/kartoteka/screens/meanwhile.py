"""What somebody else did to a record while a person had it before them, as a sentence."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import gettext
from kartoteka.screens.record_page import history
from kartoteka.services.records import visible_fields

#: Acts and fields that are told; who wants more opens the history.
MOST_ACTS, MOST_FIELDS = 5, 4


def told(session: Session, entity: Entity, record: Any, seen: int) -> str:
    """Return who changed what of a record since a version of it; nothing: nobody did.

    Args:
        seen: the version the person saw.
    """
    since = record.version - seen
    if since <= 0:
        return ""
    acts = history(session, entity, record.id, most=min(since, MOST_ACTS))
    computed = {
        str(item.title)
        for item in visible_fields(session, entity).values()
        if item.readonly and item.name in ("stage_since", "closed_at", "completeness")
    }
    changes = [
        f"{title}: {old or '—'} → {new or '—'}"
        for act in acts
        for title, old, new in act.changes
        if title not in computed
    ]
    who = ", ".join(dict.fromkeys(act.who for act in acts if act.who))
    what = "; ".join(changes[:MOST_FIELDS])
    if not what:
        return gettext("Somebody has changed this meanwhile. Look at it and try again.")
    if not who:
        return gettext("This was changed meanwhile: %(what)s. Look at it and try again.", what=what)
    return gettext(
        "%(who)s changed this meanwhile: %(what)s. Look at it and try again.", who=who, what=what
    )


__all__ = ["told"]
