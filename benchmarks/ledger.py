"""Make the ledger of purchases of a base as long as wanted, by copies of what is there."""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import func, insert, select, text

from benchmarks.base import TIDY, Place
from kartoteka.api import Purchase
from kartoteka.services import totals

_PURCHASE: Any = Purchase.__table__


def lengthen(place: Place, wanted: int) -> None:
    """Copy purchases until there are so many, and write the totals of all clients anew.

    The days stay those of the originals, so clients buy more on the same days.
    """
    columns = [c for c in _PURCHASE.c if c.name != "id" and c.computed is None]
    names = [column.name for column in columns]
    engine = place.made.engine.execution_options(writes=True)
    count = select(func.count()).select_from(_PURCHASE)
    # One transaction: a copy that was stopped leaves no totals behind its ledger.
    with engine.begin() as connection:
        have = there = connection.scalar(count) or 0
        while 0 < have < wanted:
            print(f"{have:,} of {wanted:,} purchases …", file=sys.stderr)
            some = select(*columns).order_by(_PURCHASE.c.id).limit(min(have, wanted - have))
            connection.execute(insert(_PURCHASE).from_select(names, some))
            have = connection.scalar(count) or 0
        if have != there:
            totals.refresh_purchases(connection)
    if have != there:
        tidy = place.made.engine.execution_options(isolation_level="AUTOCOMMIT")
        with tidy.connect() as connection:
            connection.execute(text(TIDY[place.name]))


__all__ = ["lengthen"]
