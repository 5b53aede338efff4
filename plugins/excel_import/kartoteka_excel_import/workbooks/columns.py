"""Say what the columns of a ready workbook are: head, note, example, what may be chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Choice,
    Choices,
    Day,
    Email,
    Field,
    Kind,
    Money,
    Phone,
    Reading,
    Reference,
    TaxId,
    Url,
    YesNo,
    actor_of,
    fold,
    gettext,
    labels,
    registry_of,
    takers,
)
from kartoteka_excel_import.mapping.targets import Target, targets_for
from kartoteka_excel_import.workbooks.lists import LAST, OWNER, PEOPLE, REACHED, ClientList

#: A longer list to choose from is looked through by nobody.
MOST_OPTIONS = 300
#: Whose fields are known by their titles in lists of clients.
_TOLD = frozenset({"contact", "employment"})
_PHONES = frozenset({"phone", "mobile", "fax"})
_EXAMPLE_PHONES = {"RU": "+7 495 123-45-67", "BG": "+359 2 987 65 43"}
_EXAMPLE_TAX_IDS = {"RU": "7707083893", "BG": "121816067"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a ready workbook.

    Args:
        code: of the target it fills.
        head: as written above the column.
        note: what to write there; a sentence, may be empty.
        example: one value as a person writes it.
        options: what to choose from; empty: anything may be written.
        is_closed: nothing else than the options is understood.
        must: a row without it is refused.
        form: `text` (digits stay as they are), `day`, `number` or empty.
    """

    code: str
    head: str
    note: str = ""
    example: str = ""
    options: Sequence[str] = ()
    is_closed: bool = False
    must: bool = False
    form: str = ""


def columns_of(session: Session, wanted: ClientList) -> list[Column]:
    """Return the columns that a person may fill, the necessary ones first, in their language."""
    targets = targets_for(session)
    codes = [code for code in _codes(session, wanted) if code in targets]
    reading: Reading = session.info.get("reading") or Reading()
    often = Counter(fold(target.title) for target in targets.values())
    found = [
        _column(session, targets[code], _head(targets[code], often), wanted, reading)
        for code in dict.fromkeys(codes)
        if code not in wanted.without
    ]
    return sorted(found, key=lambda column: not column.must)


def _codes(session: Session, wanted: ClientList) -> Iterator[str]:
    fields = registry_of(session).fields_for("client", actor_of(session).roles)
    yield "client.name"
    yield from (f"client.{name}" for name in wanted.values)
    expected = {name: item for name, item in fields.items() if _is_expected(item, wanted)}
    yield from (f"client.{name}" for name, item in expected.items() if item.step == 1)
    yield from REACHED
    for step in (2, 3):
        # What a segment has of its own is why its list is a list of its own.
        mine = sorted(expected.items(), key=lambda pair: not pair[1].step_for)
        yield from (f"client.{name}" for name, item in mine if item.step == step)
    yield from LAST
    if _gives_clients_out(session):
        yield OWNER
    # A column without a word of whose it is belongs to the name before it.
    if wanted.has_people:
        yield from PEOPLE
    yield from wanted.columns


def _gives_clients_out(session: Session) -> bool:
    """Say whether the person may give clients to others; those of a manager become the own."""
    actor = actor_of(session)
    return actor.sees_all or bool(actor.department_ids)


def _is_expected(item: Field[Any], wanted: ClientList) -> bool:
    if item.name in {"name", "kind"} or item.step == 0:
        return False
    return all(wanted.values.get(name) in values for name, values in item.step_for.items())


def _head(target: Target, often: Mapping[str, int]) -> str:
    """Return the head of a column; the record goes before a title that does not tell it."""
    is_told = target.part in _TOLD and often[fold(target.title)] == 1
    if _is_client(target) or is_told:
        return target.title
    return f"{target.part_title}: {target.title}"


def _column(
    session: Session, target: Target, head: str, wanted: ClientList, reading: Reading
) -> Column:
    item = target.field
    kind = item.kind if item is not None else None
    options, is_closed = _options(session, target, kind)
    notes = [str(item.help).strip() if item is not None and item.help else "", _how(target, kind)]
    if item is not None and item.unit:
        notes.append(gettext("In %(unit)s.", unit=str(item.unit)))
    return Column(
        code=target.code,
        head=head,
        note=" ".join(_sentence(note) for note in notes if note),
        example=_example(target, kind, options, wanted, reading),
        options=options,
        is_closed=is_closed,
        must=item is not None and item.required and item.default is None and _is_client(target),
        form=_form(target, kind),
    )


def _is_client(target: Target) -> bool:
    return target.code.startswith("client.")


def _form(target: Target, kind: Kind[Any] | None) -> str:
    if target.point or isinstance(kind, TaxId | Phone) or target.code == "client.external_id":
        return "text"
    if isinstance(kind, Day):
        return "day"
    return "number" if kind is not None and kind.numeric else ""


def _options(session: Session, target: Target, kind: Kind[Any] | None) -> tuple[list[str], bool]:
    """Return what may be chosen, and whether nothing else is understood."""
    if target.code == OWNER:
        return [one.name for one in takers(session)], False
    if isinstance(kind, Choice):
        return [str(title) for title in kind.options.values()], True
    if isinstance(kind, Choices):
        return [str(title) for title in kind.options.values()], False
    if isinstance(kind, YesNo):
        return [gettext("Yes"), gettext("No")], True
    if isinstance(kind, Reference):
        return _records(session, kind.table), False
    return [], False


def _records(session: Session, table: str) -> list[str]:
    """Return the names of records one may refer to, where they are few."""
    entity = registry_of(session).entity_of_table(table)
    if entity is None:
        return []
    model: Any = entity.model
    ids = set(session.scalars(select(model.id).limit(MOST_OPTIONS + 1)))
    if len(ids) > MOST_OPTIONS:
        return []
    return sorted(labels(session, table, ids).values(), key=str.casefold)


def _how(target: Target, kind: Kind[Any] | None) -> str:
    """Say how a value is written, where the head alone does not."""
    if target.point in _PHONES:
        return gettext("Several numbers go behind commas; +7, 8 and brackets are understood.")
    if target.point:
        return gettext("Several go behind commas.")
    if isinstance(kind, Choices):
        return gettext("Several go behind commas.")
    if isinstance(kind, Choice | YesNo):
        return gettext("Choose from the list.")
    if isinstance(kind, Reference):
        return gettext("Write the name as it stands in the base.")
    if isinstance(kind, Day):
        return gettext("Day, month and year.")
    return ""


def _example(
    target: Target, kind: Kind[Any] | None, options: Sequence[str], wanted: ClientList,
    reading: Reading,
) -> str:  # fmt: skip
    name = target.code.partition(".")[2]
    if isinstance(kind, Choice) and name in wanted.values:
        return kind.show(wanted.values[name], reading)
    if options:
        return options[0]
    if target.point in _PHONES or isinstance(kind, Phone):
        return _EXAMPLE_PHONES.get(reading.region, _EXAMPLE_PHONES["RU"])
    if target.point == "email" or isinstance(kind, Email):
        return "info@example.com"
    if target.point == "site" or isinstance(kind, Url):
        return "https://example.com"
    by_code = _written_examples(wanted)
    if target.code in by_code:
        return by_code[target.code]
    if isinstance(kind, TaxId):
        return _EXAMPLE_TAX_IDS.get(reading.region, _EXAMPLE_TAX_IDS["RU"])
    if isinstance(kind, Day):
        return kind.show(date(2026, 12, 31), reading)
    if isinstance(kind, Money):
        return "15000"
    return "10" if kind is not None and kind.numeric else ""


def _written_examples(wanted: ClientList) -> Mapping[str, str]:
    person = gettext("Ivanova Maria Petrovna")
    return {
        "client.name": gettext("Romashka Ltd") if wanted.has_people else person,
        "client.legal_form": gettext("Ltd"),
        "client.industry": gettext("Furniture"),
        "client.address": gettext("5 Lesnaya Street, Moscow"),
        "client.working_hours": gettext("Monday to Friday, 9 to 18"),
        "contact.name": person,
        "employment.position": gettext("Head of purchasing"),
    }


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


__all__ = ["Column", "columns_of"]
