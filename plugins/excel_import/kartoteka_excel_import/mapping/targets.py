"""What a column of a file may fill, made from the declarations of the fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from kartoteka.api import (
    POINT_WORDS,
    Entity,
    Field,
    ImportTarget,
    LongText,
    Reference,
    Text,
    editable_fields,
    may,
    registry_of,
    translations_of_all,
    visible_fields,
)

#: Records that one row may hold, in the order in which they are written: each hangs on the client,
#: on the contact, or on both.
PARTS = ("client", "client_source", "contact", "employment", "dmu_member", "deal", "purchase")
#: Those with phones and addresses.
HOLDERS = ("client", "contact")
#: What links the records of a row to each other is found by the import itself.
_OWN_LINKS = frozenset({"client", "contact", "dmu", "deal"})
#: A text with room for as much takes several columns: street and city are one address.
_LONG = 500
#: Heads of columns that hold a part of a value; together they are the whole.
PIECES: Mapping[str, tuple[str, ...]] = {
    "contact.name": (
        "last name", "surname", "family name", "first name", "given name", "forename",
        "middle name", "patronymic", "last", "first", "middle", "фамилия", "имя", "отчество",
        "фамилия контакта", "имя контакта", "фамилно име", "собствено име", "презиме",
        "бащино име",
    ),
    "client.address": (
        "city", "town", "street", "house", "zip", "zip code", "postcode", "postal code", "state",
        "country", "address line", "город", "населенный пункт", "улица", "дом", "индекс",
        "почтовый индекс", "страна", "град", "населено място", "пощенски код", "държава",
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Target(ImportTarget):
    """A field, or a kind of contact point, of one of the records of a row.

    Args:
        part: code of the entity.
        name: of the field; empty for a contact point, whose kind `point` says.
        title: as a person reads it, in their language.
        part_title: what the record is called.
        joins: what stands between the texts of several columns; empty: one column fills it.
        pieces: heads of columns that hold a part of it.
    """

    part: str
    name: str = ""
    title: str = ""
    part_title: str = ""
    joins: str = ""
    pieces: tuple[str, ...] = ()

    @property
    def takes_many(self) -> bool:
        """Say whether several columns may fill it."""
        return bool(self.point or self.joins)


def targets_for(session: Session) -> dict[str, Target]:
    """Return by code everything the person of a session may fill from a file.

    Fields of plugins included; fields the person may not see or write are not among them.
    """
    registry = registry_of(session)
    found: list[tuple[Target, Any]] = []
    for part in PARTS:
        entity = registry.entity(part)
        if may(session, entity, "add") or may(session, entity, "edit"):
            found += _of_entity(session, entity)
    told = translations_of_all([title for _target, title in found])
    whole: list[Any] = [_Titled(registry.entity(one.part).title, title) for one, title in found]
    return {
        target.code: replace(target, words=tuple(dict.fromkeys((*target.words, *titles, *heads))))
        for (target, _title), titles, heads in zip(
            found, told, translations_of_all(whole), strict=True
        )
    }


@dataclass(frozen=True, slots=True)
class _Titled:
    """A title behind that of its record: the head that tells it from titles of other records."""

    record: Any
    title: Any

    def __str__(self) -> str:
        return f"{self.record}: {self.title}"


def _of_entity(session: Session, entity: Entity) -> Iterator[tuple[Target, Any]]:
    """Yield targets, each with its title that is still to be translated."""
    part, title = entity.code, str(entity.title)
    fields = dict(editable_fields(session, entity))
    if part == "deal" and (stage := visible_fields(session, entity).get("stage")):
        fields["stage"] = stage  # moved and not typed elsewhere; a list says where a deal stands
    if part == "client_source":
        # A client's source stands in lists of clients as if it were a field of theirs.
        source = fields["source_id"]
        client = registry_of(session).entity("client")
        target = Target(
            code="client.source", part=part, name="source_id", field=source,
            words=("source", *source.synonyms), title=str(source.title),
            part_title=str(client.title),
        )  # fmt: skip
        yield target, source.title
        return
    for name, item in fields.items():
        if not _is_own_link(part, item):
            target = Target(
                code=f"{part}.{name}", part=part, name=name, field=item,
                words=(name, name.removesuffix("_id"), *item.synonyms),
                title=str(item.title_alone), part_title=title, joins=_joins(part, item),
                pieces=PIECES.get(f"{part}.{name}", ()),
            )  # fmt: skip
            yield target, item.title if not item.companion_of else target.title
    if part in HOLDERS:
        point = registry_of(session).fields("contact_point")["kind"].kind
        titles: Mapping[str, Any] = getattr(point, "options", {})
        for kind, words in POINT_WORDS.items():
            code = f"postal_{kind}" if kind in fields else kind
            called = titles.get(kind, kind)
            target = Target(
                code=f"{part}.{code}", part=part, point=kind, words=words, title=str(called),
                part_title=title,
            )  # fmt: skip
            yield target, called


def _is_own_link(part: str, item: Field[Any]) -> bool:
    kind = item.kind
    return part != "client" and isinstance(kind, Reference) and kind.table in _OWN_LINKS


def _joins(part: str, item: Field[Any]) -> str:
    if part == "contact" and item.sort_key:
        return " "  # the name: of all texts it alone is kept folded for sorting
    if isinstance(item.kind, LongText):
        return "\n"
    is_line = type(item.kind) is Text
    return ", " if is_line and (item.kind.max_length or 0) >= _LONG else ""


__all__ = ["HOLDERS", "PARTS", "PIECES", "Target", "targets_for"]
