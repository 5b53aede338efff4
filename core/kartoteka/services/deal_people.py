"""Demand that the person of a deal works, or has worked, for the client it is given to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.errors import Rejected
from kartoteka.i18n import gettext
from kartoteka.models.contact import Employment
from kartoteka.models.deal import Deal

_CHUNK = 500


def demand(session: Session, ids: Iterable[int]) -> None:
    """Refuse deals that were given to a client their person has nothing to do with.

    Raises:
        Rejected: at the contact, which is to be chosen anew.
    """
    deal: Any = Deal.__table__
    job: Any = Employment.__table__
    wanted = sorted(ids)
    for start in range(0, len(wanted), _CHUNK):
        works_there = exists().where(
            job.c.contact_id == deal.c.contact_id, job.c.client_id == deal.c.client_id
        )
        stray = select(deal.c.id).where(
            deal.c.id.in_(wanted[start : start + _CHUNK]), deal.c.contact_id.is_not(None),
            ~works_there,
        )  # fmt: skip
        if connection_of(session).execute(stray.limit(1)).first():
            raise Rejected(
                gettext("This person does not work for the client. Choose another one, or none."),
                "contact_id",
            )


__all__ = ["demand"]
