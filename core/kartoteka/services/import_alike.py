"""Notice the rows of a file that look like records that are there already."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kartoteka.fields.text import fold
from kartoteka.hooks.contributions import Entity
from kartoteka.services.import_rows import Draft
from kartoteka.services.records import registry_of


class Alike:
    """The names of the records that were there before a file, asked once for each chunk."""

    def __init__(self, session: Session, entity: Entity) -> None:
        self.session = session
        self.model = entity.model
        self.label = registry_of(session).fields(entity).get(entity.label)
        self._newest: int | None = None

    def count(self, drafts: Sequence[Draft]) -> int:
        """Return how many good rows have the name of an older record: one index look-up."""
        if self.label is None or not self.label.sort_key:
            return 0
        if self._newest is None:
            self._newest = self.session.scalar(select(func.max(self.model.id))) or 0
        texts = [draft.values.get(self.label.name) for draft in drafts if not draft.problems]
        names = [fold(text)[:255] for text in texts if isinstance(text, str)]
        column = self.label.order_column()
        known = set(
            self.session.scalars(
                select(column).where(column.in_(sorted(set(names))), self.model.id <= self._newest)
            )
        )
        return sum(1 for name in names if name in known)
