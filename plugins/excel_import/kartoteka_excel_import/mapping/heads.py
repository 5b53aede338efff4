"""How like is the head of a column to the words a target is known by?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from kartoteka.api import fold, gettext
from kartoteka_excel_import.mapping.targets import Target

_CAMEL = re.compile(r"(?<=[a-zа-яё\d])(?=[A-ZА-ЯЁ])")
_WORD = re.compile(r"[^\W\d_]+")
#: Words that say nothing of what stands in a column.
_SILENT = frozenset({
    "the", "a", "an", "of", "our", "your", "for", "and", "or", "if", "any", "main", "с", "и", "в",
    "на", "для", "от", "по", "за", "или", "ли", "наш", "ваш", "основной", "основен",
    # By a «контактный телефон» a firm is reached as well as a person.
    "контактный", "контактные", "контактная", "контактное", "контактен",
})  # fmt: skip
#: Words by which a head says of which record it speaks: «телефон контакта», "Company phone".
OF_PART: Mapping[str, tuple[str, ...]] = {
    "client": ("client", "company", "organization", "organisation", "firm", "customer", "account",
               "business", "клиент", "компания", "организация", "фирма", "предприятие",
               "контрагент", "юрлицо", "дружество"),
    "contact": ("contact", "person", "people", "employee", "chief", "director", "head",
                "контакт", "лицо", "представитель", "сотрудник", "директор",
                "руководитель", "лице", "служител", "управител"),
    "deal": ("deal", "opportunity", "сделка", "заявка"),
    "purchase": ("purchase", "order", "invoice", "sale", "покупка", "заказ", "продажа", "отгрузка",
                 "поръчка", "продажба", "фактура"),
    "dmu_member": ("dmu", "лпр", "лвр", "зпр", "звр"),
}  # fmt: skip
#: Words that a head may hold whatever it speaks of: "ISO code", "Number of employees".
_LOOSE = frozenset(("name", "id", "code", "number", "date", "sum", "title", "имя", "код", "номер",
                    "дата", "сумма", "име", "сума", "url"))  # fmt: skip
#: What acts write and no column fills; a head with such a word means nothing else: "Deal stage".
_OF_ACTS = ("stage", "status", "этап", "стадия", "статус", "етап")
_CLOSE = 86.0
_SHORTEST_CLOSE = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How sure a head means a target.

    Args:
        score: 0 to 1.
        why: a sentence.
        is_piece: the column holds a part of the value.
        is_plain: the head is nothing but the word, of which record is not said.
    """

    score: float
    why: str
    is_piece: bool = False
    is_plain: bool = False


@lru_cache(maxsize=4096)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a head, folded, without numbers: "Phone 2" and "phone" are one."""
    spaced = _CAMEL.sub(" ", text).replace("/", " ")
    words = _WORD.findall(fold(spaced.replace("-", "")))
    return tuple(word for word in words if word not in _SILENT)


@lru_cache(maxsize=65536)
def is_same_word(one: str, other: str) -> bool:
    """Say whether two words are one in another case: контакт, контакта."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if one.isascii() or other.isascii():
        return longer == f"{shorter}s" or (longer == f"{shorter}es" and len(shorter) > 3)
    pairs = zip(one, other, strict=False)
    shared = next((at for at, (a, b) in enumerate(pairs) if a != b), len(shorter))
    return shared >= 4 and shared >= max(len(longer) - 3, len(shorter) - 2)


def parts_named(words: Iterable[str]) -> set[str]:
    """Return the records that words of a head speak of."""
    return {
        part
        for part, known in OF_PART.items()
        if any(is_same_word(word, one) for word in words for one in known)
    }


def likeness(head: str, target: Target) -> Likeness | None:
    """Return how sure a head means a target; None when it does not."""
    words = words_of(head)
    if not words or (_speaks_of_acts(words) and not any(map(_is_of_acts, target.words))):
        return None
    found = _best(words, target.words, target, is_piece=False)
    piece = _best(words, target.pieces, target, is_piece=True)
    if piece is not None and (found is None or piece.score >= found.score):
        return piece
    return found


def _is_of_acts(text: str) -> bool:
    return _speaks_of_acts(words_of(text))


def _speaks_of_acts(words: Sequence[str]) -> bool:
    return any(is_same_word(word, one) for word in words for one in _OF_ACTS)


def _best(
    words: Sequence[str], known: Sequence[str], target: Target, *, is_piece: bool
) -> Likeness | None:
    best: Likeness | None = None
    for text in known:
        found = _of_word(words, text, target, is_piece)
        if found is not None and (best is None or found.score > best.score):
            best = found
    return best


def _of_word(words: Sequence[str], text: str, target: Target, is_piece: bool) -> Likeness | None:
    wanted = words_of(text)
    if not wanted:
        return None
    head, word = "".join(words), "".join(wanted)
    if head == word:
        sure = 1.0 if _is_telling(text, target) else 0.75
        return Likeness(
            score=sure, why=gettext("The head is a name of this field."), is_piece=is_piece,
            is_plain=True,
        )  # fmt: skip
    left = [one for one in words if not any(is_same_word(one, other) for other in wanted)]
    if all(any(is_same_word(one, other) for other in words) for one in wanted):
        return _contained(words, left, text, wanted, target, is_piece)
    alike = fuzz.ratio(head, word)
    if alike >= _CLOSE and min(len(head), len(word)) >= _SHORTEST_CLOSE:
        return Likeness(
            score=0.9 * alike / 100, why=gettext("The head is nearly “%(word)s”.", word=text),
            is_piece=is_piece,
        )  # fmt: skip
    return None


def _contained(
    words: Sequence[str], left: Sequence[str], text: str, wanted: Sequence[str], target: Target,
    is_piece: bool,
) -> Likeness | None:  # fmt: skip
    part = "client" if target.part == "client_source" else target.part
    part = "contact" if part == "employment" else part
    parts = parts_named(left)
    share = len("".join(wanted)) / len("".join(words))
    if not left:
        score = 0.95
    elif parts and part not in parts:
        return None
    elif all(parts_named([one]) for one in left):
        score = 0.95
    else:
        is_loose = all(one in _LOOSE for one in wanted)
        score = (0.25 if is_loose else 0.5) + 0.35 * min(share, 1.0)
    why = gettext("The head contains “%(word)s”.", word=text)
    return Likeness(score=score, why=why, is_piece=is_piece)


def _is_telling(text: str, target: Target) -> bool:
    """The name of a column of the database, such as `title`, is no word of people."""
    if target.part in ("client", "contact", "client_source") or target.field is None:
        return True
    return text not in (target.name, target.name.removesuffix("_id"))


__all__ = ["Likeness", "is_same_word", "likeness", "parts_named", "words_of"]
