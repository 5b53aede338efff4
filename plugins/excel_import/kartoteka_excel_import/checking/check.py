"""Check the rows of a file chunk by chunk: what each brings, what it changes, what is wrong.

Nothing is written. Each chunk costs a few statements, however many rows it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import gettext, may, registry_of, use_registry
from kartoteka_excel_import.checking.batch import Batch, Part, Verdict
from kartoteka_excel_import.checking.clients import Clients, Keys, Meant
from kartoteka_excel_import.checking.drafts import Draft, Drafts
from kartoteka_excel_import.checking.hanging import HANGING, Hanging
from kartoteka_excel_import.checking.keeping import Effect, Keeping
from kartoteka_excel_import.checking.known_records import clients_of, points_of
from kartoteka_excel_import.checking.notes import Notes
from kartoteka_excel_import.checking.people import People
from kartoteka_excel_import.collector import collector_waits
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.reading.shapes import Chunk, Layout


class Checker:
    """Checks one file by its plan; chunks come in their order, each once.

    Args:
        session: its person sees, adds and changes only what they may.
        layout: of the file.
        plan: which column fills what, and how rows meet the base.
        made_by: batch code of an import that is resumed; what it made counts as rows of the file.

    Raises:
        Unreadable: the plan does not fit the file.
    """

    def __init__(self, session: Session, layout: Layout, plan: Plan, made_by: str = "") -> None:
        registry = registry_of(session)
        use_registry(registry)
        self._session = session
        self._plan = plan
        self._drafts = Drafts(session, layout, plan)
        self._clients = Clients(session, made_by)
        self._people = People(session)
        entities = {part: registry.entity(part) for part in self._drafts.parts}
        self._titles = {part: str(entity.title) for part, entity in entities.items()}
        self._may_add = {part: may(session, entity, "add") for part, entity in entities.items()}
        self._keeping = {
            part: Keeping(
                registry.fields(part),
                entity.label,
                may_change=plan.mode != "create" and may(session, entity, "edit"),
                empties=plan.empties_overwrite,
            )
            for part, entity in entities.items()
        }
        self._hanging = {
            part: Hanging(session, part) for part in HANGING if part in self._drafts.parts
        }

    def check(self, chunk: Chunk) -> Batch:
        """Return the rows of a chunk with what becomes of each."""
        use_registry(registry_of(self._session))
        with collector_waits():
            return self._checked(chunk)

    def _checked(self, chunk: Chunk) -> Batch:
        notes = Notes(chunk.numbers)
        drafts = self._drafts.read(chunk, notes)
        for part, draft in drafts.items():
            self._keeping[part].begin(draft, notes)
        work = _Rows(self._session, self._plan, drafts, notes, self._clients, self._people,
                     self._hanging, self._keeping, self._may_add, self._titles,
                     self._drafts.first_title)  # fmt: skip
        verdicts: list[Verdict] = [work.verdict(place) for place in range(len(chunk.numbers))]
        found = {part: self._keeping[part].part for part in drafts}
        self._give_owner(found)
        return Batch(
            numbers=chunk.numbers, parts=found, verdicts=verdicts, problems=notes.in_order(),
            cells=chunk.columns,
        )  # fmt: skip

    def _give_owner(self, found: Mapping[str, Part]) -> None:
        """Name the responsible manager of new clients and people whose row names none."""
        owner = self._plan.owner_id
        if owner is None:
            return
        for part in (found[code] for code in ("client", "contact") if code in found):
            named = part.columns.get("owner_id") or [None] * len(part.present)
            part.columns["owner_id"] = [
                value if value is not None or record is not None or same is not None else owner
                for value, record, same in zip(named, part.record_ids, part.same_as, strict=True)
            ]


class _Rows:
    """The rows of one chunk, judged one after the other: what comes first holds."""

    def __init__(
        self, session: Session, plan: Plan, drafts: Mapping[str, Draft], notes: Notes,
        clients: Clients, people: People, hanging: Mapping[str, Hanging],
        keeping: Mapping[str, Keeping], may_add: Mapping[str, bool], titles: Mapping[str, str],
        first_title: str,
    ) -> None:  # fmt: skip
        self._plan = plan
        self._drafts = drafts
        self._notes = notes
        self._clients = clients
        self._people = people
        self._hanging = hanging
        self._keeping = keeping
        self._may_add = may_add
        self._titles = titles
        self._first_title = first_title
        self._client = drafts.get("client")
        self._contact = drafts.get("contact")
        self._keys: dict[int, Keys] = {}
        self._meant: dict[int, Meant] = {}
        self._known: dict[int, Mapping[str, Any]] = {}
        self._points: dict[int, set[tuple[str, str]]] = {}
        #: Nothing is forbidden: of a row that lacks nothing there is nothing to be asked.
        self._is_plain = plan.mode != "update" and all(may_add.values())
        self._lacking = {place for draft in drafts.values() for place in draft.lacking}
        self._look_up(session)

    def _look_up(self, session: Session) -> None:
        good = [p for p in range(len(self._notes.numbers)) if p not in self._notes.rejected]
        ids: set[int] = set()
        client, contact = self._client, self._contact
        if client is not None:
            self._keys = self._clients.keys(client, [p for p in good if client.present[p]])
            self._meant = self._clients.look_up(client, self._keys)
            ids = {meant.client_id for meant in self._meant.values() if meant.client_id}
            if self._clients.may_know_base:
                ids |= {
                    found
                    for place, keys in self._keys.items()
                    if place not in self._meant and (found := self._clients.in_file(keys)) > 0
                }
            if ids:
                self._known = clients_of(session, ids, list(client.columns))
                self._points = points_of(session, "client_id", ids)
        if contact is not None:
            alone = [
                p for p in good
                if contact.present[p] and not (client is not None and client.present[p])
            ]  # fmt: skip
            self._people.look_up(contact, ids, alone)
        for part, hanging in self._hanging.items():
            hanging.look_up(self._drafts[part], ids)

    def verdict(self, place: int) -> Verdict:
        """Return what becomes of a row."""
        if place in self._notes.rejected:
            return "rejected"
        row = self._notes.numbers[place]
        client = 0
        if self._client is not None and self._client.present[place]:
            client = self._client_of(place, row)
            if not client:
                return "possible"
        person, key = 0, ""
        ways: list[str] = []
        if self._contact is not None and self._contact.present[place]:
            person, key, ways = self._people.meant(self._contact, place, client, row)
        known_by = {
            part: hanging.meant(self._drafts[part], place, client, person, row)
            for part, hanging in self._hanging.items()
            if self._drafts[part].present[place]
        }
        records = {part: record for part, (record, _keys) in known_by.items()}
        if not self._is_whole(place, row, client, person, records):
            return "rejected"
        effects: list[Effect] = []
        if client:
            effects.append(self._settle_client(place, row, client))
        if person:
            effects.append(self._settle_person(place, row, client, person, key, ways))
        for part, (record, keys) in known_by.items():
            hanging = self._hanging[part]
            known = hanging.values.get(record)
            effects.append(self._keeping[part].settle(place, record, known))
            hanging.learn(record, keys)
        return self._summed_up(place, client, effects)

    def _client_of(self, place: int, row: int) -> int:
        """Return the number of the client of a row; 0 where the row is held back."""
        meant = self._meant.get(place)
        if meant is not None and meant.client_id:
            return meant.client_id
        found = self._clients.in_file(self._keys[place])
        if found:
            return found
        if meant is not None and meant.held and self._plan.alike == "hold":
            self._notes.remark(place, "", meant.held)
            return 0
        return -row

    def _is_whole(
        self, place: int, row: int, client: int, person: int, records: Mapping[str, int]
    ) -> bool:
        """Say whether a row can be written; note what it lacks."""
        if client and self._is_plain and place not in self._lacking:
            return True
        notes, drafts = self._notes, self._drafts
        named = {"client": client, "contact": person, **records}
        found = {part: record for part, record in named.items() if record}
        if not found:
            part = next(iter(drafts), "client")
            head = drafts[part].heads.get("name", "") if part in drafts else ""
            notes.reject(place, head or self._first_title, gettext("Fill this in."))
            return False
        if not client:
            for part in records:
                head = self._first_head(part, place)
                notes.reject(place, head, gettext("Name the client this belongs to."))
        if self._plan.mode == "update" and (client or person) == -row:
            notes.reject(place, "", gettext("There is no such record to be updated."))
        for part, record in found.items():
            if record != -row:
                continue
            for name, sentence in drafts[part].lacking.get(place, {}).items():
                notes.reject(place, drafts[part].heads.get(name, name), sentence)
            if not self._may_add[part]:
                notes.reject(
                    place, "",
                    gettext("You have no right to add: %(title)s.", title=self._titles[part]),
                )  # fmt: skip
        return place not in notes.rejected

    def _first_head(self, part: str, place: int) -> str:
        draft = self._drafts[part]
        name = next((n for n, column in draft.columns.items() if column[place] is not None), "")
        return draft.heads.get(name, "")

    def _settle_client(self, place: int, row: int, client: int) -> Effect:
        draft, clients = self._client, self._clients
        assert draft is not None
        keys = self._keys[place]
        effect = self._keeping["client"].settle(
            place, client, self._known.get(client), name=keys.said.name,
            is_own=client in clients.own,
        )  # fmt: skip
        has_new = False
        for kind, column in draft.points.items():
            if not column[place]:
                continue
            if client != -row and not has_new:
                known = self._points.get(client, ())
                has_new = any(
                    (kind, key) not in known and not clients.has_point(client, key)
                    for _value, key in column[place]
                )
        clients.learn(client, keys)
        for column in draft.points.values():
            if column[place]:
                clients.learn_points(client, column[place])
        return self._with_points("client", place, client, effect, has_new)

    def _settle_person(
        self, place: int, row: int, client: int, person: int, name: str, ways: list[str]
    ) -> Effect:
        draft, people = self._contact, self._people
        assert draft is not None
        effect = self._keeping["contact"].settle(
            place, person, people.values.get(person), name=name
        )
        known = people.points.get(person, ())
        has_new = person != -row and any(
            (kind, key) not in known and not people.has_point(person, client, key)
            for kind, column in draft.points.items()
            for _value, key in column[place]
        )
        people.learn(person, client, name, ways)
        for column in draft.points.values():
            people.learn_points(person, client, [key for _value, key in column[place]])
        return self._with_points("contact", place, person, effect, has_new)

    def _with_points(
        self, part: str, place: int, record: int, effect: Effect, has_new: bool
    ) -> Effect:
        """Return the effect of a row, its new phones and addresses included."""
        if record > 0 and self._plan.mode == "create":
            for column in self._drafts[part].points.values():
                column[place] = ()
            return effect
        return "changed" if has_new and effect != "new" else effect

    def _summed_up(self, place: int, client: int, effects: Sequence[Effect]) -> Verdict:
        if "new" in effects:
            return "update" if self._plan.mode == "update" else "create"
        if "changed" in effects:
            return "update"
        if "same" in effects:
            return "unchanged"
        part = "client" if client else "contact"
        first = self._keeping[part].first_row(place) if part in self._keeping else 0
        if first:
            self._notes.remark(
                place, "", gettext("Row %(row)s brings this record already.", row=first)
            )
        return "duplicate"


__all__ = ["Checker"]
