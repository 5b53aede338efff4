"""Guess which column of a file fills what: by its head, by what stands in it, by its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from kartoteka.api import Reading, digits, gettext, use_registry
from kartoteka_excel_import.mapping.choosing import SURE, Candidate, choose
from kartoteka_excel_import.mapping.contents import (
    Contents,
    Fitting,
    contents_of,
    kind_of,
    phone_region,
)
from kartoteka_excel_import.mapping.heads import likeness, parts_named, words_of
from kartoteka_excel_import.mapping.plan import Plan, PlannedColumn
from kartoteka_excel_import.mapping.reasons import is_reason
from kartoteka_excel_import.mapping.targets import Target, targets_for
from kartoteka_excel_import.reading.shapes import Cell, Chunk, Layout, Wish

#: Heads of columns that only count the rows.
_NUMBERING = frozenset(("п", "пп", "no", "nr", "index", "number", "id", "номер", "ред"))
_SURE_BY_CONTENT = 0.7
_BEHIND = 0.2
_SAID = 0.55
#: By content alone: kind of content, kind of contact point or name of a field of a client.
_POINTS = {"email": "email", "phone": "phone", "site": "site"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Column:
    """A column and all it may fill."""

    place: int
    title: str
    is_named: bool
    contents: Contents
    kind: str
    share: float


def guess(session: Session, layout: Layout, sample: Sequence[Chunk]) -> Plan:
    """Return a plan for a file: each column has one target or none, and says why.

    Args:
        session: its person fills only what they may fill; its reading says how phones are read.
        layout: what was recognised.
        sample: some rows; without any the heads alone decide.
    """
    use_registry(session.info["registry"])
    reading: Reading = session.info.get("reading") or Reading()
    targets = targets_for(session)
    cells = [_contents(sample, place) for place in range(len(layout.heads))]
    region = phone_region(cells, reading)
    reading = replace(reading, region=region or reading.region)
    columns = [_column(layout, place, contents, reading) for place, contents in enumerate(cells)]
    fitting = Fitting(session, reading)
    candidates = [_candidates(column, targets, fitting) for column in columns]
    for column, found in zip(columns, candidates, strict=True):
        found.update({c: v for c, v in _by_content(column, targets).items() if c not in found})
    if not any(one.code.endswith(".name") for found in candidates for one in found.values()):
        _name_by_content(columns, candidates, targets)
    chosen = choose(targets, [column.title for column in columns], candidates)
    wish = Wish(
        sheet=layout.sheet, header_row=layout.header_row, encoding=layout.encoding,
        delimiter=layout.delimiter,
    )  # fmt: skip
    return Plan(
        wish=wish,
        columns=tuple(
            _planned(layout, column, chosen.get(column.place), candidates[column.place])
            for column in columns
        ),
        region=region,
    )


def _contents(sample: Sequence[Chunk], place: int) -> Contents:
    return contents_of(
        [
            cell
            for chunk in sample[:1]
            if place < len(chunk.columns)
            for cell in chunk.columns[place][:2000]
        ]
    )


def _column(layout: Layout, place: int, contents: Contents, reading: Reading) -> _Column:
    head = layout.heads[place]
    kind, share = kind_of(contents, reading)
    return _Column(
        place=place, title=head.title, is_named=head.is_named, contents=contents, kind=kind,
        share=share,
    )  # fmt: skip


def _candidates(
    column: _Column, targets: Mapping[str, Target], fitting: Fitting
) -> dict[str, Candidate]:
    found: dict[str, Candidate] = {}
    if not column.is_named or _is_numbering(column) or is_reason(column.title):
        return found
    alike = {code: likeness(column.title, target) for code, target in targets.items()}
    best = max((like.score for like in alike.values() if like is not None), default=0.0)
    for code, like in alike.items():
        if like is None or like.score < best - _BEHIND:
            continue  # a better known word of the head says what it is: "Deal stage" is no deal
        candidate = Candidate(
            code=code, score=like.score, why=like.why, is_piece=like.is_piece,
            is_plain=like.is_plain,
        )  # fmt: skip
        found[code] = _weighed_by_content(candidate, column, targets[code], fitting)
    return found


def _weighed_by_content(
    candidate: Candidate, column: _Column, target: Target, fitting: Fitting
) -> Candidate:
    share = fitting.share(column.contents, target)
    if share is None:
        is_wrong = target.name == "name" and column.kind not in {"", "words"}
        if target.code == "contact.name" and column.contents.texts and not candidate.is_piece:
            is_wrong = is_wrong or column.contents.people() < 0.5
        return replace(candidate, score=candidate.score * 0.4) if is_wrong else candidate
    percent = f"{share:.0%}"
    if share >= 0.9 and column.contents.texts:
        why = gettext("%(head)s All cells fit.", head=candidate.why)
        if share < 1:
            why = gettext("%(head)s Of the cells %(share)s fit.", head=candidate.why, share=percent)
        return replace(candidate, score=min(1.0, candidate.score + 0.05), why=why)
    why = gettext("%(head)s Of the cells %(share)s fit.", head=candidate.why, share=percent)
    score = candidate.score * (0.3 + 0.7 * share)
    if target.point and candidate.is_plain and column.contents.share(_has_digits) >= 0.6:
        score = max(score, _SAID)  # phones they are; what is wrong with them is said row by row
    return replace(candidate, score=score, why=why)


def _has_digits(_cell: Cell, text: str) -> bool:
    return len(digits(text)) >= 5


def _is_numbering(column: _Column) -> bool:
    words = words_of(column.title)
    is_named_so = not words or set(words) <= _NUMBERING
    if column.contents.is_numbering:
        return is_named_so or not column.is_named
    # A sign such as № alone, with a few rows or none.
    return not words and "№" in column.title and len(column.contents.texts) < 3


def _by_content(column: _Column, targets: Mapping[str, Target]) -> dict[str, Candidate]:
    """Return what a column may fill by what stands in it."""
    if _is_numbering(column) or is_reason(column.title):
        return {}
    codes: list[str] = []
    if column.kind == "tax_id":
        codes = [code for code in targets if code == "client.tax_id"]
    elif column.kind == "phone" and column.is_named and not _is_dialled(column):
        return {}  # a code that looks like a number
    elif column.kind in _POINTS:
        point = _POINTS[column.kind]
        codes = [code for code, target in targets.items() if target.point == point]
        if column.kind == "site":
            codes = [code for code in ("client.website", "contact.site") if code in targets]
    named = parts_named(words_of(column.title)) if column.is_named else set[str]()
    sure = _SURE_BY_CONTENT * column.share
    if column.is_named and words_of(column.title):
        sure *= 0.9  # its head says something else
    return {
        code: Candidate(
            code=code,
            score=sure * (0.8 if named and targets[code].part not in named else 1.0),
            why=_said_by_content(column),
        )
        for code in codes
    }


def _is_dialled(column: _Column) -> bool:
    """Say whether the numbers of a column are written as phones are."""
    return column.contents.share(lambda _cell, text: not text.isdecimal()) >= 0.3


def _said_by_content(column: _Column) -> str:
    share = f"{column.share:.0%}"
    sentences = {
        "email": gettext("Of the cells %(share)s are e-mail addresses.", share=share),
        "phone": gettext("Of the cells %(share)s are phone numbers.", share=share),
        "site": gettext("Of the cells %(share)s are web addresses.", share=share),
        "tax_id": gettext(
            "Of the cells %(share)s are tax numbers with right check digits.", share=share
        ),
        "date": gettext("Of the cells %(share)s are dates.", share=share),
        "amount": gettext("Of the cells %(share)s are numbers.", share=share),
    }
    return sentences.get(column.kind, "")


def _name_by_content(
    columns: Iterable[_Column], candidates: Sequence[dict[str, Candidate]],
    targets: Mapping[str, Target],
) -> None:  # fmt: skip
    """In a list without heads take the first column of different words for the names."""
    if "client.name" not in targets or not any(candidates):
        return
    for column in columns:
        texts = column.contents.texts
        is_open = column.kind == "words" and not column.is_named
        if is_open and not candidates[column.place] and len(set(texts)) >= 0.8 * len(texts):
            why = gettext("The first column of words that differ.")
            candidates[column.place]["client.name"] = Candidate(
                code="client.name", score=0.55, why=why
            )
            return


def _planned(
    layout: Layout, column: _Column, chosen: Candidate | None, found: Mapping[str, Candidate]
) -> PlannedColumn:
    head = layout.heads[column.place]
    if chosen is not None:
        return PlannedColumn(
            letter=head.letter, head=head.title, target=chosen.code,
            confidence=round(chosen.score, 2), why=chosen.why,
        )  # fmt: skip
    if is_reason(column.title):
        why = gettext("These are the reasons of an earlier import.")
    elif _is_numbering(column):
        why = gettext("These are the numbers of the rows.")
    elif not column.contents.texts:
        why = gettext("The column is empty.")
    elif found:
        best = max(found.values(), key=lambda one: one.score)
        why = gettext("%(why)s This is not sure enough.", why=best.why)
        if best.score >= SURE:
            why = gettext("Other columns fill this, or what belongs to it is missing.")
    else:
        why = _said_by_content(column) or gettext("No field is known by this head.")
    return PlannedColumn(letter=head.letter, head=head.title, why=why)


__all__ = ["guess"]
