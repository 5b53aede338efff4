"""Find out which column of a file fills which field, by order of a person or by its header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartoteka.errors import Unreadable
from kartoteka.fields.field import Field
from kartoteka.fields.text import fold
from kartoteka.i18n import gettext, translations_of

#: Headers under which contact points stand in files of our three languages.
POINT_WORDS: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "telephone", "tel", "phones", "phone number", "public phone", "телефон",
              "телефоны", "тел", "телефони", "контактный телефон", "контактные телефоны",
              "номер телефона", "рабочий телефон", "contact number", "office phone", "work phone",
              "home phone", "home", "office", "телефон за контакт"),
    "mobile": ("mobile", "mobile phone", "cell", "cell phone", "мобильный", "мобильный телефон",
               "моб", "моб телефон", "сотовый", "сотовый телефон", "мобилен", "мобилен телефон",
               "gsm"),
    "fax": ("fax", "факс"),
    "email": ("email", "e-mail", "e-mails", "mail", "email address", "почта", "электронная почта",
              "эл. почта", "имейл", "имейли", "електронна поща"),
    "site": ("site", "website", "web site", "url", "сайт", "уебсайт"),
    "address": ("address", "postal address", "legal address", "адрес", "почтовый адрес",
                "юридический адрес", "фактический адрес", "пощенски адрес"),
    "messenger": ("messenger", "telegram", "whatsapp", "viber", "skype", "мессенджер", "телеграм"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a column may fill: a field, a contact point of a kind, or a link to another record."""

    code: str
    words: tuple[str, ...]
    field: Field[Any] | None = None
    point: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapped:
    """One column of the file, or a constant, and what it fills."""

    target: Target
    column: str
    index: int | None = None
    constant: str = ""


def targets_of(
    fields: Mapping[str, Field[Any]], points: bool, links: Mapping[str, tuple[str, ...]]
) -> dict[str, Target]:
    """Return everything a column of an entity's file may fill, by code; fields go first.

    Args:
        fields: the fields the importing person may fill.
        points: whether the entity has phones, addresses and the like.
        links: further targets with the headers they are known by.
    """
    found: dict[str, Target] = {}
    for code, words in links.items():
        found[code] = Target(code=code, words=words)
    for name, item in fields.items():
        words = (name, name.removesuffix("_id"), *item.synonyms, *translations_of(item.title))
        found.setdefault(name, Target(code=name, words=words, field=item))
    if points:
        for kind, words in POINT_WORDS.items():
            code = f"postal_{kind}" if kind in found else kind
            found[code] = Target(code=code, words=words, point=kind)
    return found


def by_header(
    header: Sequence[str], targets: Mapping[str, Target]
) -> tuple[list[Mapped], list[str]]:
    """Match columns by the words of the header; return also the columns nobody knows."""
    free = dict(targets)
    mapped: dict[int, Mapped] = {}
    # Words are asked in the order of the target, so that its best column wins.
    for code, target in targets.items():
        for word in (code, *target.words):
            index = next(
                (i for i, name in enumerate(header) if i not in mapped and _same(name, word)), None
            )
            if index is not None and code in free:
                mapped[index] = Mapped(target=target, column=header[index], index=index)
                if not target.point:
                    del free[code]
    ignored = [name for index, name in enumerate(header) if index not in mapped and name]
    return [mapped[index] for index in sorted(mapped)], ignored


def by_order(
    header: Sequence[str], orders: Sequence[tuple[str, str]], targets: Mapping[str, Target]
) -> tuple[list[Mapped], list[str]]:
    """Match columns as a person ordered; return also the columns that were not named.

    Raises:
        Unreadable: a column the file has not or has twice, an unknown target, one filled twice.
    """
    mapped: list[Mapped] = []
    for column, code in orders:
        places = [i for i, name in enumerate(header) if name == " ".join(column.split())]
        places = places or [i for i, name in enumerate(header) if _same(name, column)]
        if len(places) != 1:
            reason = (
                gettext("The file has no column %(column)r", column=column)
                if not places
                else gettext("The file has the column %(column)r several times", column=column)
            )
            known = ", ".join(name for name in header if name)
            raise Unreadable(gettext("%(reason)s. It has: %(known)s.", reason=reason, known=known))
        target = target_for(code, targets)
        if not target.point and any(item.target.code == target.code for item in mapped):
            raise Unreadable(
                gettext("Two columns would fill %(target)r. Choose one.", target=target.code)
            )
        mapped.append(Mapped(target=target, column=header[places[0]], index=places[0]))
    taken = {item.index for item in mapped}
    return mapped, [name for i, name in enumerate(header) if i not in taken and name]


def constants(orders: Sequence[tuple[str, str]], targets: Mapping[str, Target]) -> list[Mapped]:
    """Return the values that are the same for every row.

    Raises:
        Unreadable: an unknown target.
    """
    return [
        Mapped(target=target_for(code, targets), column=code, constant=value)
        for code, value in orders
    ]


def target_for(word: str, targets: Mapping[str, Target]) -> Target:
    """Return the target a person means by a code, a title in any language or a synonym.

    Raises:
        Unreadable: there is none; lists those that are.
    """
    if word in targets:
        return targets[word]
    for target in targets.values():
        if any(_same(word, known) for known in (target.code, *target.words)):
            return target
    raise Unreadable(
        gettext(
            "There is no field %(word)r. There are: %(known)s.",
            word=word, known=", ".join(targets),
        )
    )  # fmt: skip


def column_pairs(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Cut `A=b,C, D=e` into pairs; a comma that is part of a column's name stays there.

    Raises:
        Unreadable: a piece is no pair.
    """
    found: list[tuple[str, str]] = []
    for text in texts:
        waiting = ""
        for piece in text.split(","):
            part = f"{waiting},{piece}" if waiting else piece
            if "=" not in part:
                waiting = part
                continue
            left, _sign, right = part.rpartition("=")
            found.append((left.strip(), right.strip()))
            waiting = ""
        if waiting.strip():
            raise Unreadable(
                gettext("%(text)r is not of the form COLUMN=FIELD.", text=waiting.strip())
            )
    return found


def _same(one: str, other: str) -> bool:
    return bool(one) and _bare(one) == _bare(other)


def _bare(text: str) -> str:
    """`ISO code`, `iso_code` and `Iso-Code` are one header."""
    return re.sub(r"[\W_]+", "", fold(text))
