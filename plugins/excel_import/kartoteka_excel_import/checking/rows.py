"""Judge the rows of one chunk one after the other: whom each means, and what it does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import gettext
from kartoteka_excel_import.checking.base_clients import Meant
from kartoteka_excel_import.checking.batch import Held, Named, Verdict
from kartoteka_excel_import.checking.branches import branch_of_base, branch_of_row
from kartoteka_excel_import.checking.client_keys import KEYS, Keys, keys_of, said_by
from kartoteka_excel_import.checking.clients import Clients
from kartoteka_excel_import.checking.deciding import Decision
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.hanging import Hanging
from kartoteka_excel_import.checking.keeping import Effect, Keeping
from kartoteka_excel_import.checking.known_records import clients_of, points_of
from kartoteka_excel_import.checking.notes import Notes
from kartoteka_excel_import.checking.people import People
from kartoteka_excel_import.mapping.plan import Plan

#: How many rows a sentence names.
_MOST_ROWS = 5
#: Of so many rows of a chunk it is kept what they add: they may become examples.
_MOST_ADDED = 20
_NOBODY = Meant()


class Rows:
    """The rows of one chunk, judged one after the other: what comes first holds."""

    def __init__(
        self, session: Session, plan: Plan, drafts: Mapping[str, Draft], notes: Notes,
        clients: Clients, people: People, hanging: Mapping[str, Hanging],
        keeping: Mapping[str, Keeping], may_add: Mapping[str, bool], titles: Mapping[str, str],
        first_title: str, decisions: Mapping[int, Decision],
    ) -> None:  # fmt: skip
        self.named: list[Named] = []
        self.held: list[Held] = []
        #: By place: part, kind and text of phones and addresses that a record does not have yet.
        self.added: dict[int, list[tuple[str, str, str]]] = {}
        self._plan = plan
        self._decisions = decisions
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
            self._keys = keys_of(client, [p for p in good if client.present[p]])
            self._meant = self._clients.look_up(client, self._keys)
            ids = {meant.client_id for meant in self._meant.values() if meant.client_id}
            if self._clients.may_know_base:
                ids |= {found for keys in self._keys.values() for found in self._in_base(keys)}
            ids |= {
                decided.client_id
                for place in self._keys
                if (decided := self._decisions.get(self._notes.numbers[place]))
                and decided.client_id
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

    def _in_base(self, keys: Keys) -> list[int]:
        """Return the clients of the base that earlier rows like this one turned out to be."""
        found = self._clients.by_key(keys)
        return [one for one in ([found] if found else self._clients.by_name(keys)) if one > 0]

    def _client_of(self, place: int, row: int) -> int:
        """Return the number of the client of a row; 0 where the row is held back."""
        keys, meant = self._keys[place], self._meant.get(place, _NOBODY)
        decided = self._decisions.get(row)
        if decided is not None:
            return self._decided(place, row, decided)
        branch: Meant | None = None
        if meant.client_id and not meant.is_by_name:
            branch = self._branch_of(place, meant.client_id, keys)
            if branch is None:
                return meant.client_id
        found = self._clients.by_key(keys)
        if found and (branch is None or found != meant.client_id):
            return found
        if branch is not None:
            meant = branch
        elif not (meant.client_id or meant.held) and (earlier := self._clients.branch_of(keys)):
            meant = branch_of_row(self._first_row(earlier))
        named = self._clients.by_name(keys)
        if meant.client_id:
            if set(named) <= {meant.client_id}:
                return self._known_by_name(place, row, meant)
            named.append(meant.client_id)
        if len(set(named)) == 1:
            self.named.append(Named(row=row, client="", earlier=self._first_row(named[0])))
            return named[0]
        if named:
            meant = self._several(named)
        if meant.held and self._plan.alike == "hold":
            self._hold(place, row, meant)
            return 0
        return -row

    def _branch_of(self, place: int, client: int, keys: Keys) -> Meant | None:
        assert self._client is not None
        name = self._client.value("name", place)
        return branch_of_base(keys, name, client, self._known.get(client, {}))

    def _decided(self, place: int, row: int, decided: Decision) -> int:
        """Return the number of the client that a person said a row is; 0 for none."""
        if decided.choice == "same" and decided.client_id in self._known:
            return decided.client_id or 0
        if decided.choice == "new":
            keys = self._keys[place]
            found = self._clients.by_key(keys)
            some = [found] if found else self._clients.by_name(keys)
            return next((one for one in some if one < 0 or one in self._clients.own), -row)
        if decided.choice == "out":
            self._notes.remark(place, "", gettext("Left out, as you decided."))
        else:
            self._notes.remark(
                place, "",
                gettext("The client you chose is not there any more, or not yours to see."),
            )  # fmt: skip
        return 0

    def _known_by_name(self, place: int, row: int, meant: Meant) -> int:
        self.named.append(Named(row=row, client=meant.name, sure=meant.sure))
        head = self._client.heads.get("name", "") if self._client is not None else ""
        self._notes.remark(
            place, head,
            gettext(
                "Matched by name with the client %(name)s, %(sure)s sure; nothing speaks against.",
                name=meant.name, sure=f"{meant.sure:.0%}",
            ),
        )  # fmt: skip
        return meant.client_id or 0

    def _several(self, named: Sequence[int]) -> Meant:
        """Return why a row is held back that clients of earlier rows may be."""
        earlier = sorted(first for one in set(named) if (first := self._first_row(one)))
        rows = ", ".join(map(str, earlier[:_MOST_ROWS]))
        known = tuple(sorted(one for one in set(named) if one > 0))
        if known and len(earlier) < len(set(named)):
            held = gettext("A client of the base has this name, and row %(rows)s.", rows=rows)
        else:
            held = gettext("Several clients have this name, see rows %(rows)s.", rows=rows)
        return Meant(held=held, alike=known)

    def _first_row(self, client: int) -> int:
        return -client if client < 0 else self._keeping["client"].first_row_of(client)

    def _hold(self, place: int, row: int, meant: Meant) -> None:
        self._notes.remark(place, "", meant.held)
        assert self._client is not None
        self.held.append(
            Held(
                place=place, row=row, reason=meant.held, clients=meant.alike,
                said=said_by(self._client, place, self._keys[place]),
            )
        )  # fmt: skip

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
            if client != -row and (not has_new or len(self.added) < _MOST_ADDED):
                known = self._points.get(client, ())
                fresh = [
                    value
                    for value, key in column[place]
                    if (kind, key) not in known and not clients.has_point(client, key)
                ]
                has_new = has_new or bool(fresh)
                self._keep_added(place, "client", kind, fresh)
        clients.learn(client, keys)
        for kind, column in draft.points.items():
            if column[place] and kind not in KEYS:
                clients.learn_points(client, column[place])
        return self._with_points("client", place, client, effect, has_new)

    def _keep_added(self, place: int, part: str, kind: str, values: Sequence[str]) -> None:
        if values and (place in self.added or len(self.added) < _MOST_ADDED):
            kept = self.added.setdefault(place, [])
            kept += [(part, kind, value) for value in values]

    def _settle_person(
        self, place: int, row: int, client: int, person: int, name: str, ways: list[str]
    ) -> Effect:
        draft, people = self._contact, self._people
        assert draft is not None
        effect = self._keeping["contact"].settle(
            place, person, people.values.get(person), name=name
        )
        known = people.points.get(person, ())
        has_new = False
        if person != -row:
            for kind, column in draft.points.items():
                fresh = [
                    value
                    for value, key in column[place]
                    if (kind, key) not in known and not people.has_point(person, client, key)
                ]
                has_new = has_new or bool(fresh)
                self._keep_added(place, "contact", kind, fresh)
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


__all__ = ["Rows"]
