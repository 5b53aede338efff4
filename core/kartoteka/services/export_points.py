"""Which phones and e-mails of clients and people go into a file beside the fields of the list?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.fields.contact_values import show_phone
from kartoteka.fields.field import Field
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import Text, _
from kartoteka.models.contact import ContactPoint
from kartoteka.services.export_cells import Format, fitting, inert
from kartoteka.services.import_children import HOLDERS
from kartoteka.services.records import may, registry_of

#: As an import cuts them apart again.
BETWEEN = "; "


@dataclass(frozen=True, kw_only=True, slots=True)
class PointColumn:
    """A column of contact points: its name in an import, its title, the kinds that stand in it."""

    code: str
    title: Text
    kinds: Sequence[str]


_COLUMNS = (
    PointColumn(code="phone", title=_("Phones"), kinds=("phone", "mobile")),
    PointColumn(code="email", title=_("E-mails"), kinds=("email",)),
)


def point_columns(
    session: Session, entity: Entity, fields: Mapping[str, Field[object]]
) -> dict[str, PointColumn]:
    """Return the columns of contact points the person may have in a file of an entity, by code.

    None where an entity has no contact points, or the person may not list them or see their
    values. A field of the same name goes first, as in an import.
    """
    registry = registry_of(session)
    if entity.code not in HOLDERS or not may(session, registry.entity("contact_point"), "list"):
        return {}
    seen = registry.fields_for("contact_point", actor_of(session).roles)
    if not {"kind", "value", HOLDERS[entity.code]} <= set(seen):
        return {}
    return {one.code: one for one in _COLUMNS if one.code not in fields}


@dataclass(kw_only=True)
class Points:
    """The contact points of one chunk of records after the other, as texts of cells.

    Args:
        holder: what has them, the code of an entity.
        columns: those that stand in the file.
    """

    session: Session
    holder: str
    form: Format
    columns: Sequence[PointColumn]
    _texts: dict[str, dict[int, str]] = field(default_factory=dict[str, dict[int, str]])

    def fetch(self, ids: Sequence[int]) -> None:
        """Fetch the valid ones of these records, main ones first: one statement."""
        kinds = {kind: one.code for one in self.columns for kind in one.kinds}
        of = getattr(ContactPoint, HOLDERS[self.holder])
        rows = self.session.execute(
            select(of, ContactPoint.kind, ContactPoint.value, ContactPoint.normalised)
            .where(of.in_(ids), ContactPoint.kind.in_(kinds), ContactPoint.is_valid)
            .order_by(of, ContactPoint.is_main.desc(), ContactPoint.id)
        )
        found: dict[str, dict[int, dict[str, None]]] = {one.code: {} for one in self.columns}
        for number, kind, value, normalised in rows:
            code = kinds[kind]
            text = show_phone(normalised) if code == "phone" and normalised else value
            # The same number may be kept as a phone and as a mobile one.
            found[code].setdefault(number, {})[text] = None
        self._texts = {
            code: {number: self._cell(list(texts)) for number, texts in by_record.items()}
            for code, by_record in found.items()
        }

    def cells(self, code: str, ids: Sequence[int]) -> list[str | None]:
        """Return the cells of one column for the records fetched last."""
        texts = self._texts[code]
        return [texts.get(number) for number in ids]

    def _cell(self, texts: Sequence[str]) -> str:
        if self.form == "csv":
            return BETWEEN.join(map(inert, texts))
        return fitting(BETWEEN.join(texts))


__all__ = ["PointColumn", "Points", "point_columns"]
