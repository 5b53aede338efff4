"""Two records side by side, to be made one; and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kartoteka.app import kartoteka
from kartoteka.errors import EditConflict, NotAllowed, Refused
from kartoteka.hooks.contributions import Entity
from kartoteka.i18n import _, gettext
from kartoteka.merging.comparison import belongings, compare
from kartoteka.merging.merge import MERGEABLE, Side, merge
from kartoteka.merging.unmerge import merge_of, unmerge
from kartoteka.screens import rights
from kartoteka.screens.cells import Cell, cells_of, label_of
from kartoteka.screens.forms import currency_companions
from kartoteka.screens.page_view import PageView, access, expose, way_back
from kartoteka.screens.requests import db
from kartoteka.services import records

CHOICE = "choice."


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One field in which the records differ: what each has, and whose is chosen."""

    name: str
    title: str
    kept: Cell
    merged: Cell
    side: str


class MergeView(PageView):
    """Make two clients, or two contacts, one."""

    route_base = "/merge"
    title = _("Merge")

    @expose("/<code>/")
    @access("use")
    def index(self, code: str) -> ResponseReturnValue:
        """Show two records side by side (`?ids=5,7`); of one ask for the other."""
        entity, session = _entity(code), db()
        found = [records.get(session, entity, number) for number in _asked()]
        if len(found) > 2:
            words = gettext("Two records are merged at a time. Choose two.")
            return self.back(words, url_for(f"{code}.list"), "warning")
        if len(found) < 2:
            return self._ask(session, entity, found)
        return self._compared(session, entity, found[0], found[1])

    @expose("/<code>/", methods=["POST"])
    @access("use")
    def merge(self, code: str) -> ResponseReturnValue:
        """Make the records one."""
        entity, session = _entity(code), db()
        kept_id, merged_id = _number("kept"), _number("merged")
        choice = cast(
            "dict[str, Side]",
            {
                name.removeprefix(CHOICE): side
                for name, side in request.form.items()
                if name.startswith(CHOICE) and side in ("kept", "merged")
            },
        )
        versions = (_number("version"), _number("merged_version"))
        try:
            label = merge(session, entity, kept_id, merged_id, choice, versions=versions).label
            session.commit()
        except EditConflict:
            session.rollback()
            flash(gettext("One of them was changed meanwhile. Look at them again."), "warning")
            return redirect(url_for(".index", code=code, ids=f"{kept_id},{merged_id}"))
        except Refused as error:
            session.rollback()
            kept, merged = (records.get(session, entity, n) for n in (kept_id, merged_id))
            return self._compared(session, entity, kept, merged, str(error), choice), 400
        words = gettext("«%(name)s» is part of this record now.", name=label)
        return self.back(words, url_for(f"{code}.show", pk=kept_id))

    @expose("/undo/<int:number>", methods=["POST"])
    @access("use")
    def undo(self, number: int) -> ResponseReturnValue:
        """Take a merge back."""
        session = db()
        removal = merge_of(session, number)
        code, kept_id = removal.entity, removal.kept_id
        _entity(code)
        try:
            done = unmerge(session, removal)
            session.commit()
        except Refused as error:
            session.rollback()
            return self.back(str(error), url_for(f"{code}.show", pk=kept_id), "danger")
        for sentence in done.stays:
            flash(sentence, "warning")
        return self.back(
            gettext("The merge is taken back: this record is there again."),
            url_for(f"{code}.show", pk=done.record_id),
        )

    def _ask(self, session: Session, entity: Entity, found: list[Any]) -> ResponseReturnValue:
        first = found[0] if found else None
        return self.render(
            "kartoteka/merge/ask.html", entity=entity, first=first,
            label=label_of(session, entity, first) if first else "",
            title=gettext("Merge: %(kind)s", kind=str(entity.plural).lower()),
            back=way_back(url_for(f"{entity.code}.list")),
        )  # fmt: skip

    def _compared(
        self, session: Session, entity: Entity, kept: Any, merged: Any, error: str = "",
        choice: dict[str, Side] | None = None,
    ) -> str:  # fmt: skip
        names = [label_of(session, entity, one) for one in (kept, merged)]
        return self.render(
            "kartoteka/merge/compare.html", entity=entity, kept=kept, merged=merged,
            kept_name=names[0], merged_name=names[1],
            lines=_lines(session, entity, kept, merged, choice or {}),
            belongings=[one for one in belongings(session, entity, kept.id, merged.id)
                        if rights.may("list", one.entity)],
            error=error, title=gettext("Merge: %(kind)s", kind=str(entity.plural).lower()),
            next=request.values.get("next", ""),
        )  # fmt: skip


def _entity(code: str) -> Entity:
    entity = kartoteka().registry.entities.get(code)
    if entity is None or code not in MERGEABLE:
        abort(404)
    if not rights.may("edit", entity):
        raise NotAllowed(gettext("You have no right to change these records."))
    return entity


def _lines(
    session: Session, entity: Entity, kept: Any, merged: Any, choice: dict[str, Side]
) -> list[Line]:
    fields = records.visible_fields(session, entity)
    companions = set(currency_companions(fields).values())
    differing = [one for one in compare(session, entity, kept, merged)
                 if one.name not in companions]  # fmt: skip
    wanted = {one.name: fields[one.name] for one in differing}
    mine, theirs = cells_of(session, wanted, [kept, merged])
    return [
        Line(
            name=one.name, title=str(fields[one.name].title), kept=mine[one.name],
            merged=theirs[one.name], side=choice.get(one.name, one.default),
        )
        for one in differing
    ]  # fmt: skip


def _asked() -> list[int]:
    found = [
        int(text)
        for part in request.args.getlist("ids")
        for text in part.split(",")
        if text.isascii() and text.isdecimal() and len(text) < 10
    ]
    return list(dict.fromkeys(found))


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


__all__ = ["MergeView"]
