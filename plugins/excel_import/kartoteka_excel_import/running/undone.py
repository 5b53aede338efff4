"""Tell what became of each row of an import that was taken back, and who worked on what stays.

At undoing it is kept what was found in the history; who may know which of it is asked when somebody
looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import Employment, TakenBack, gettext, labels, may, registry_of, visible_fields
from kartoteka_excel_import.models import ImportAccount, ImportRun
from kartoteka_excel_import.running.accounts import Account, RecordKey, account_of

How = Literal["reversed", "kept", "failed"]
LETTERS: Mapping[str, str] = {"reversed": "r", "kept": "k", "failed": "f"}
HOWS: Mapping[str, How] = {"r": "reversed", "k": "kept", "f": "failed"}
_HOLDERS = ("client", "contact")
#: Rows whose names are asked for together.
_TOGETHER = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenEdit:
    """What one person did since: titles of fields, who, when; empty what one may not know."""

    fields: Mapping[str, str]
    by: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedRecord:
    """A record with its name, for those who may see it."""

    entity: str
    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoneRow:
    """What became of a row that was imported.

    Args:
        row: its number in the file.
        why: a sentence; empty where all of it was reversed.
        client: whom the row is about, or the person where there is no client.
        record: what somebody worked on, where that is not the client.
        edits: who did what to it since; the last one last.
    """

    row: int
    how: How
    why: str = ""
    client: NamedRecord | None = None
    record: NamedRecord | None = None
    edits: Sequence[SeenEdit] = ()

    @property
    def by(self) -> str:
        """Who worked on it since."""
        return ", ".join(dict.fromkeys(edit.by for edit in self.edits if edit.by))


def as_kept(one: TakenBack) -> dict[str, Any]:
    """Return as plain values what `undone_rows` reads again."""
    return {
        "entity": one.entity, "id": one.record_id, "cause": one.cause, "hangs": one.hangs,
        # Words of a rule that refused; the others are said in the language of who looks.
        "why": "" if one.cause else one.why,
        "fields": list(one.fields), "root": list(one.root) if one.root else None,
        "edits": [
            [edit.by_id, edit.at.isoformat() if edit.at else None, list(edit.fields)]
            for edit in one.edits
        ],
    }  # fmt: skip


def undone_rows(
    session: Session, run: ImportRun, how: str = "", after: int = 0, together: int = _TOGETHER
) -> Iterator[UndoneRow]:
    """Yield what became of each row that was imported, in the order of the file.

    Names of records, people and fields are told to those who may know them.

    Args:
        how: only rows with this outcome.
        after: only rows behind this one.
        together: of how many rows the names are asked for at once.
    """
    rows = _rows(session, run, how, after)
    while some := list(islice(rows, together)):
        yield from _named(session, some)


@dataclass(kw_only=True, slots=True)
class _Row:
    """A row as it is kept, with the client that the account of the import has for it."""

    number: int
    how: How
    why: Mapping[str, Any]
    client: int | None

    @property
    def record(self) -> RecordKey | None:
        """What somebody worked on: the record itself, or what it stays with."""
        if "id" not in self.why:
            return None
        root = self.why.get("root")
        return (root[0], root[1]) if root else (self.why["entity"], self.why["id"])


def _rows(session: Session, run: ImportRun, how: str, after: int) -> Iterator[_Row]:
    last = 0
    while found := session.execute(
        select(ImportAccount.id, ImportAccount.rows, ImportAccount.undone)
        .where(
            ImportAccount.run_id == run.id, ImportAccount.id > last,
            ImportAccount.last_row > after,
        )
        .order_by(ImportAccount.id)
        .limit(20)
    ).all():  # fmt: skip
        last = found[-1][0]
        for _id, rows, undone in found:
            if undone and (not how or LETTERS[how] in undone["rows"]):
                yield from _of_account(account_of(rows), undone, how, after)


def _of_account(
    account: Account, undone: Mapping[str, Any], how: str, after: int
) -> Iterator[_Row]:
    clients: dict[int, int] = {}
    for part in (account.made, account.changed):
        clients.update(part.get("client", ()))
    for place, letter in enumerate(undone["rows"]):
        number = account.numbers[place]
        if letter in HOWS and number > after and (not how or HOWS[letter] == how):
            yield _Row(
                number=number, how=HOWS[letter], why=undone["why"].get(str(place), {}),
                client=clients.get(place),
            )  # fmt: skip


def _named(session: Session, rows: Sequence[_Row]) -> Iterator[UndoneRow]:
    told = [row for row in rows if row.how != "reversed"]
    clients = _clients_of(session, told)
    wanted: dict[str, set[int]] = {}
    for row in told:
        for key in (row.record, clients.get(row.number)):
            if key is not None:
                wanted.setdefault(key[0], set()).add(key[1])
    names: dict[RecordKey, str] = {}
    for code, numbers in wanted.items():
        entity = registry_of(session).entity(code)
        is_named = entity.label in visible_fields(session, entity)
        for number, name in labels(session, code, numbers).items():
            names[code, number] = name if is_named else f"№ {number}"
    people = {edit[0] for row in told for edit in row.why.get("edits", ())} - {None}
    who = labels(session, "ab_user", people)
    for row in rows:
        client = clients.get(row.number)
        yield UndoneRow(
            row=row.number, how=row.how, why=_words(session, row.why),
            client=_record(client, names),
            record=_record(row.record, names) if row.record != client else None,
            edits=_edits(session, row, names, who),
        )  # fmt: skip


def _clients_of(session: Session, rows: Sequence[_Row]) -> dict[int, RecordKey]:
    """Return whom rows are about: the client, else the person; one statement for each kind."""
    meant: dict[int, RecordKey] = {}
    for row in rows:
        if row.client is not None:
            meant[row.number] = ("client", row.client)
        elif row.record is not None:
            meant[row.number] = row.record
    holders = _holders(session, {key for key in meant.values() if key[0] not in _HOLDERS})
    meant = {number: holders.get(key, key) for number, key in meant.items()}
    people = sorted({key[1] for key in meant.values() if key[0] == "contact"})
    asked = select(Employment.contact_id, Employment.client_id).order_by(Employment.id.desc())
    employers: dict[RecordKey, RecordKey] = {
        ("contact", person): ("client", client)
        for person, client in session.execute(asked.where(Employment.contact_id.in_(people)))
    }
    found = {number: employers.get(key, key) for number, key in meant.items()}
    return {number: key for number, key in found.items() if key[0] in _HOLDERS}


def _holders(session: Session, keys: Iterable[RecordKey]) -> dict[RecordKey, RecordKey]:
    """Return the client of records, else the person they belong to."""
    numbers: dict[str, list[int]] = {}
    for code, number in keys:
        numbers.setdefault(code, []).append(number)
    found: dict[RecordKey, RecordKey] = {}
    for code, some in numbers.items():
        model: Any = registry_of(session).entity(code).model
        for holder in reversed(_HOLDERS):
            column = getattr(model, f"{holder}_id", None)
            if column is not None:
                asked = select(model.id, column).where(model.id.in_(sorted(some)))
                pairs = session.execute(asked.where(column.is_not(None)))
                found |= {(code, number): (holder, held) for number, held in pairs}
    return found


def _record(key: RecordKey | None, names: Mapping[RecordKey, str]) -> NamedRecord | None:
    if key is None or key not in names:
        return None
    return NamedRecord(entity=key[0], id=key[1], name=names[key])


def _edits(
    session: Session, row: _Row, names: Mapping[RecordKey, str], who: Mapping[int, str]
) -> list[SeenEdit]:
    """Return the edits as the person may know them; of what nobody names, nothing is known."""
    key = row.record
    if key is None or key not in names:
        return []
    entity = registry_of(session).entity(key[0])
    if not may(session, entity, "show"):
        return []
    titles = {name: str(item.title) for name, item in visible_fields(session, entity).items()}
    found: list[SeenEdit] = []
    for by, at, fields in row.why.get("edits", ()):
        seen = {name: titles[name] for name in fields if name in titles}
        if seen or not fields:
            moment = datetime.fromisoformat(at) if at else None
            found.append(SeenEdit(fields=seen, by=who.get(by, ""), at=moment))
    return found


def _words(session: Session, why: Mapping[str, Any]) -> str:
    """Say why, beginning with the kind of record."""
    if not why:
        return ""
    entity = registry_of(session).entities.get(why["entity"])
    said = _sentence(session, why)
    # Of a row with several records it does not matter which of them is named.
    if entity is None or why.get("cause") == "along":
        return said
    return f"{entity.title}: {said}"


def _sentence(session: Session, why: Mapping[str, Any]) -> str:
    cause = why.get("cause", "")
    hangs = registry_of(session).entities.get(why.get("hangs", ""))
    if hangs is not None and not may(session, hangs, "show"):
        hangs = None
    if cause == "hung":
        if hangs is not None:
            return gettext("Something hangs on it by now: %(what)s.", what=hangs.title)
        return gettext("Other records hang on it by now.")
    known = {
        "changed": gettext("Somebody has changed it since."),
        "along": gettext("It stays with what was worked on since."),
        "gone": gettext("It is not there any more."),
        "manager": gettext("It has another manager since, or had none."),
        "right": gettext("You have no right to it any more."),
    }
    return known.get(cause) or str(why.get("why", ""))


__all__ = [
    "HOWS", "LETTERS", "How", "NamedRecord", "SeenEdit", "UndoneRow", "as_kept", "undone_rows",
]  # fmt: skip
