"""Find out what each field of a web form means, from the declarations of our fields.

A form may name a field outright (`client.tax_id`, `deal.amount`), or by any name, title or synonym
it is known by in one of our languages, as the head of an imported column. Fields of plugins are
known the same way. What means nothing here is kept as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from flask_appbuilder.security.sqla.models import User

from kartoteka.fields.field import Field
from kartoteka.fields.kinds import Reference, YesNo
from kartoteka.hooks.registry import Registry
from kartoteka.services.import_mapping import POINT_WORDS, Target, by_header, targets_of

#: Of forms the bare "name" is that of the person who fills them.
_PERSON = (
    "name", "your name", "full name", "fullname", "contact name", "contact person", "person",
    "имя", "ваше имя", "фио", "ф.и.о.", "контактное лицо", "как к вам обращаться", "име",
    "вашето име", "име и фамилия", "лице за контакт",
)  # fmt: skip
_FIRST = ("first name", "given name", "собственное имя", "лично име")
_LAST = ("last name", "surname", "family name", "фамилия")
_COMPANY = ("company", "company name", "organization", "organisation", "firm",
            "название компании", "компания", "организация", "фирма", "наименование организации",
            "дружество")  # fmt: skip
_MESSAGE = (
    "message", "your message", "text", "comment", "comments", "question", "note", "details",
    "сообщение", "ваше сообщение", "текст", "комментарий", "вопрос", "описание", "примечание",
    "съобщение", "въпрос", "коментар", "бележка",
)  # fmt: skip
_SUBJECT = ("subject", "topic", "theme", "тема", "предмет", "относно")
_POINTS = ("phone", "mobile", "email", "messenger")
#: What only staff say of a record.
_CLOSED_GROUPS = frozenset({"flags", "loss", "record", "money", "responsible", "stage", "limits"})
_CLOSED = {
    "client": {"name", "kind", "note", "interest", "size_class", "market_rank"},
    "deal": {"title", "note", "client_id", "contact_id", "source_id", "channel", "important",
             "next_step_on"},
    "contact": {"name", "note"},
}  # fmt: skip
_CLOSED_TABLES = frozenset({User.__tablename__, "client", "contact", "department", "deal"})
_known: WeakKeyDictionary[Registry, dict[str, Target]] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """What a form says, sorted: by record and field; phones and addresses; the rest as it came."""

    client: dict[str, str] = field(default_factory=dict[str, str])
    contact: dict[str, str] = field(default_factory=dict[str, str])
    employment: dict[str, str] = field(default_factory=dict[str, str])
    deal: dict[str, str] = field(default_factory=dict[str, str])
    points: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    rest: dict[str, str] = field(default_factory=dict[str, str])
    #: Field of ours → the name it had in the form.
    names: dict[str, str] = field(default_factory=dict[str, str])


def meant(registry: Registry, sent: Mapping[str, str]) -> Meant:
    """Return what the fields of a form mean.

    Args:
        sent: name to text; empty ones are left out.
    """
    filled = {name: text for name, text in sent.items() if text.strip()}
    header = list(filled)
    mapped, rest = by_header(header, targets(registry))
    found = Meant(rest={name: filled[name] for name in rest})
    for one in mapped:
        text, code = filled[one.column].strip(), one.target.code
        record, _point, name = code.partition(".")
        if record == "point":
            found.points.append((name, text, one.column))
            continue
        held: dict[str, str] = getattr(found, record)
        held[name] = text
        found.names[code] = one.column
    first, last = found.contact.pop("first", ""), found.contact.pop("last", "")
    whole = " ".join(part for part in (first or found.contact.get("name", ""), last) if part)
    if whole:
        found.contact["name"] = whole
    return found


def targets(registry: Registry) -> dict[str, Target]:
    """Return what a form may fill, in the order in which words are asked for."""
    if registry not in _known:
        _known[registry] = _targets(registry)
    return _known[registry]


def open_fields(registry: Registry, entity: str) -> dict[str, Field[object]]:
    """Return the fields of an entity that a stranger may fill."""
    return {
        name: item
        for name, item in registry.fields(entity).items()
        if not item.readonly
        and name not in _CLOSED[entity]
        and item.group not in _CLOSED_GROUPS
        and not item.hidden_from
        and not isinstance(item.kind, YesNo)
        and not (isinstance(item.kind, Reference) and item.kind.table in _CLOSED_TABLES)
    }


def _targets(registry: Registry) -> dict[str, Target]:
    own: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("contact.name", _PERSON), ("contact.first", _FIRST), ("contact.last", _LAST),
        ("client.name", _COMPANY), ("deal.note", _MESSAGE), ("deal.title", _SUBJECT),
    )  # fmt: skip
    found = {code: Target(code=code, words=words) for code, words in own}
    for kind in _POINTS:
        code = f"point.{kind}"
        found[code] = Target(code=code, words=POINT_WORDS[kind], point=kind)
    jobs = {n: f for n, f in registry.fields("employment").items() if n in ("position", "unit")}
    parts = [("client", open_fields(registry, "client")), ("deal", open_fields(registry, "deal")),
             ("employment", jobs), ("contact", open_fields(registry, "contact"))]  # fmt: skip
    for record, fields in parts:
        for target in targets_of(fields, points=False, links={}).values():
            code = f"{record}.{target.code}"
            found[code] = Target(code=code, words=target.words, field=target.field)
    return found


__all__ = ["Meant", "meant", "open_fields", "targets"]
