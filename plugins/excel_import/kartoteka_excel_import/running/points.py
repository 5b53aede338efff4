"""Gather the phones and addresses of rows, each once, for records that are there or will be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.api import ContactPoint, unscoped
from kartoteka_excel_import.checking.batch import Labels, Point


class Points:
    """Phones, addresses … to be added, each once.

    `rows` has for each of them (holder, kind, normalised) the row it comes from; the holder is a
    record, or the place of a new one among those created together.
    """

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str, str], int] = {}
        self._values: dict[tuple[int, str, str], str] = {}
        self._labels: dict[tuple[int, str, str], str] = {}

    def take(
        self, holder: int, kind: str, points: Iterable[Point], row: int,
        labels: Labels | None = None,
    ) -> None:  # fmt: skip
        """Add what a row says of a holder."""
        for value, normalised in points:
            key = holder, kind, normalised
            if key not in self.rows:
                self.rows[key] = row
                self._values[key] = value
                if labels and (kind, normalised) in labels:
                    self._labels[key] = labels[kind, normalised]

    def columns(self, holder: str = "row") -> dict[str, list[Any]] | None:
        """Return them as columns of `contact_point`, None when there are none."""
        if not self.rows:
            return None
        return {
            holder: [number for number, _kind, _key in self.rows],
            "kind": [kind for _number, kind, _key in self.rows],
            "value": list(self._values.values()),
            **({"label": [self._labels.get(key) for key in self.rows]} if self._labels else {}),
        }

    def leave_out(self, session: Session, code: str) -> None:
        """Leave out what the holders have already; a mobile number is a phone too."""
        for holder, kind, key, _number in self._there(
            session, code, {h for h, _k, _n in self.rows}
        ):
            for same in {kind, "phone"} if kind == "mobile" else {kind}:
                if self.rows.pop((holder, same, key or ""), None) is not None:
                    del self._values[holder, same, key or ""]

    def made_with(
        self, session: Session, code: str, ids: Sequence[int], before: int
    ) -> tuple[list[int], list[int]]:
        """Return rows, and the points that came with them to records which were just created.

        Args:
            ids: the records, in the order of their places.
            before: the last number of a point before.
        """
        places = {number: place for place, number in enumerate(ids)}
        holder_of = getattr(ContactPoint, f"{code}_id")
        wanted = select(
            holder_of, ContactPoint.kind, ContactPoint.normalised, ContactPoint.id
        ).where(ContactPoint.id > before)
        rows: list[int] = []
        made: list[int] = []
        with unscoped(session, "which numbers did the points of these new records get?"):
            for holder, kind, key, number in session.execute(wanted):
                row = self.rows.get((places.get(holder, -1), kind, key or ""))
                if row is not None:
                    rows.append(row)
                    made.append(number)
        return rows, made

    def _there(self, session: Session, code: str, holders: Iterable[int]) -> Sequence[Any]:
        holder = getattr(ContactPoint, f"{code}_id")
        return session.execute(
            select(holder, ContactPoint.kind, ContactPoint.normalised, ContactPoint.id)
            .where(holder.in_(sorted(holders)))
            .order_by(ContactPoint.id)
        ).all()


def last_point(session: Session) -> int:
    """Return the last number of a point; new ones have higher ones."""
    with unscoped(session, "numbers are not told to anybody"):
        return session.scalar(select(func.max(ContactPoint.id))) or 0


__all__ = ["Points", "last_point"]
