"""Read the cells of a column as its field reads what people type, a column at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kartoteka.api import (
    DateTime,
    Day,
    Email,
    Field,
    LongText,
    Money,
    Phone,
    Reading,
    TaxId,
    Text,
    Url,
    YesNo,
    gettext,
    plain_phone,
    taken_apart,
)
from kartoteka_excel_import.checking.batch import Point
from kartoteka_excel_import.checking.pieces import in_pieces
from kartoteka_excel_import.checking.quick import (
    quick_amount,
    quick_day,
    quick_email,
    quick_site,
    quick_tax_id,
    quick_url,
)
from kartoteka_excel_import.reading.cells import cell_text
from kartoteka_excel_import.reading.shapes import Cell

#: A longer cell is no value of a field.
MOST_CELL = 100_000
#: So many values of a column are remembered with what they became.
_REMEMBERED = 100_000
#: NUL and halves of surrogate pairs: such texts go the long way, which says what is wrong.
_DOUBTFUL = re.compile("[\0\ud800-\udfff]")
_PLAIN = frozenset({str, type(None)})
_LONGEST_CLEAN = 200
_BETWEEN_PHONES = re.compile(r"[;,\n]+")
_PHONES = frozenset({"phone", "mobile", "fax"})
#: What people write where there is no phone and no address.
NOTHING = frozenset({"-", "–", "—", "нет", "Нет", "НЕТ", "няма", "Няма", "no", "No", "none", "n/a",
                      "N/A", "н/д", "Н/Д"})  # fmt: skip
_MIDNIGHT = re.compile(r"[ T]00?:00(:00)?$")
Errors = dict[int, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """The values of a column, and a sentence for each place where a cell does not pass.

    Of phones and addresses `values` holds there what passes of such a cell. `labels` holds by place
    and normalised form the words that stood beside a phone.
    """

    values: list[Any]
    errors: Errors = field(default_factory=dict[int, str])
    labels: dict[int, Mapping[str, str]] = field(default_factory=dict[int, "Mapping[str, str]"])


class FieldColumn:
    """Reads the columns of one field; what was read once is remembered."""

    def __init__(self, item: Field[Any], reading: Reading) -> None:
        self._item = item
        self._reading = reading
        self._known: dict[Any, Any] = {None: None}
        self._wrong: dict[Any, str] = {}
        kind = item.kind
        self._keeps_numbers = kind.numeric
        self._keeps_days = isinstance(kind, (Day, DateTime))
        self._keeps_yes = isinstance(kind, YesNo)
        is_line = type(kind) in (Text, LongText) and item.check is None
        self._most = kind.max_length if is_line else None
        self._is_one_line = type(kind) is Text
        self._quick = _quick_of(kind, reading)

    def read(self, cells: Sequence[Cell]) -> Column:
        """Return the values of the cells; the same as the form's, with its sentences.

        A field of one line takes the lines of a cell as one, as a form would.
        """
        raws = self._raws(cells)
        if self._is_one_line:
            raws = _on_one_line(raws)
        if self._most is not None and _is_clean(raws, self._most):
            return Column(values=list(raws))
        known, quick = self._known, self._quick
        if len(known) > _REMEMBERED:
            known.clear()
            known[None] = None
        values: list[Any] = []
        errors: Errors = {}
        add = values.append
        for place, raw in enumerate(raws):
            if raw in known:
                add(known[raw])
                continue
            value = quick(raw) if quick is not None and type(raw) is str else None
            if value is None or self._item.check is not None:
                value = self._parsed(raw)
                if raw in self._wrong:
                    errors[place] = self._wrong[raw]
                    add(None)
                    continue
                known[raw] = value
            add(value)
        return Column(values=values, errors=errors)

    def _raws(self, cells: Sequence[Cell]) -> Sequence[Any]:
        if set(map(type, cells)) <= _PLAIN:
            return cells
        return [cell if type(cell) in _PLAIN else self._raw(cell) for cell in cells]

    def _raw(self, cell: Cell) -> Any:
        if isinstance(cell, bool):
            return cell if self._keeps_yes else cell_text(cell)
        if isinstance(cell, int) and self._keeps_numbers:
            return cell
        if isinstance(cell, (date, datetime)) and self._keeps_days:
            is_day = isinstance(self._item.kind, DateTime) and not isinstance(cell, datetime)
            return cell_text(cell) if is_day else cell
        return cell_text(cell)

    def _parsed(self, raw: Any) -> Any:
        if raw in self._wrong:
            return None
        try:
            if isinstance(raw, str) and len(raw) > MOST_CELL:
                raise ValueError(too_long(len(raw)))
            text = raw
            if isinstance(raw, str) and isinstance(self._item.kind, Day):
                text = _MIDNIGHT.sub("", raw)  # a spreadsheet writes days so
            value = self._quick(raw) if self._quick is not None and isinstance(raw, str) else None
            if value is None:
                value = self._item.kind.parse(text, self._reading)
            if value is not None and self._item.check is not None:
                self._item.check(value)
        except ValueError as error:
            if len(self._wrong) > _REMEMBERED:
                self._wrong.clear()
            self._wrong[raw] = str(error)
            return None
        return value


class PointColumn:
    """Reads the columns of one kind of contact point: each cell may hold several."""

    def __init__(self, kind: str, reading: Reading) -> None:
        self._kind = kind
        self._reading = reading
        self._known: dict[str | None, tuple[Point, ...]] = {None: ()}
        #: The sentence, and what passes of the cell.
        self._wrong: dict[str, tuple[str, tuple[Point, ...]]] = {}
        self._labels: dict[str, Mapping[str, str]] = {}
        self._is_phone = kind in _PHONES
        self._quick: Callable[[str], str | None] | None = None
        if self._is_phone:
            self._quick = _phones_of(reading.region)
        elif kind == "email":
            self._quick = quick_email
        elif kind == "site":
            self._quick = quick_site

    def read(self, cells: Sequence[Cell]) -> Column:
        """Return for each cell what stands in it: as written, and normalised."""
        texts: Sequence[Any] = cells
        if not set(map(type, cells)) <= _PLAIN:
            texts = [cell_text(cell) or None for cell in cells]
        if not NOTHING.isdisjoint(texts):
            texts = [None if text in NOTHING else text for text in texts]
        known, quick = self._known, self._quick
        if len(known) > _REMEMBERED:
            known.clear()
            self._labels.clear()
            known[None] = ()
        values: list[Any] = []
        errors: Errors = {}
        add = values.append
        for place, text in enumerate(texts):
            if text in known:
                add(known[text])
                continue
            key = quick(text) if quick is not None else None
            if key is not None:
                add(((text, key),))
                continue
            points = self._several(text) if self._is_phone else None
            if points is None:
                points = self._parsed(text)
                if text in self._wrong:
                    errors[place], points = self._wrong[text]
                else:
                    known[text] = points
            add(points)
        return Column(values=values, errors=errors, labels=self._labels_in(texts))

    def _labels_in(self, texts: Sequence[Any]) -> dict[int, Mapping[str, str]]:
        labels = self._labels
        if not labels or labels.keys().isdisjoint(texts):
            return {}
        return {place: labels[text] for place, text in enumerate(texts) if text in labels}

    def _several(self, text: str) -> tuple[Point, ...] | None:
        """Return numbers between commas, some of them clean; None where that is not sure."""
        if not ("," in text or ";" in text or "\n" in text) or len(text) > _LONGEST_CLEAN:
            return None
        assert self._quick
        found: dict[str, str] = {}
        for piece in _BETWEEN_PHONES.split(text):
            value = piece.strip()
            key = self._quick(value) if value else None
            if key is not None:
                found.setdefault(key, value)
            elif value and value[0] not in "+(0123456789":
                return None  # it may belong to the number before it: «доб. 12»
            elif value:
                points = self._parsed(value)
                if value in self._wrong or value in self._labels:
                    return None
                for written, number in points:
                    found.setdefault(number, written)
        return tuple((value, key) for key, value in found.items())

    def _parsed(self, text: str) -> tuple[Point, ...]:
        if text in self._wrong:
            return ()
        try:
            return tuple(taken_apart(self._kind, text, self._reading))
        except ValueError as error:
            sentence = str(error)
        found = in_pieces(self._kind, text, self._reading)
        if not found.is_whole:
            if len(self._wrong) > _REMEMBERED:
                self._wrong.clear()
            self._wrong[text] = (sentence, found.points)
            return ()
        self._labels[text] = found.labels
        return found.points


def joined(columns: Sequence[Sequence[Cell]], between: str) -> list[Cell]:
    """Return several columns as one: their texts with something between them."""
    if len(columns) == 1:
        return list(columns[0])
    found: list[Cell] = []
    for cells in zip(*columns, strict=True):
        texts = [
            cell if type(cell) is str else cell_text(cell) for cell in cells if cell is not None
        ]
        found.append(between.join(texts) or None)
    return found


def too_long(length: int) -> str:
    """Say that a cell is longer than anything that is kept."""
    return gettext(
        "This is %(length)s characters long, at most %(limit)s fit.", length=length, limit=MOST_CELL
    )


def _on_one_line(raws: Sequence[Any]) -> Sequence[Any]:
    if any(type(raw) is str and "\n" in raw for raw in raws):
        return [" ".join(raw.split("\n")) if type(raw) is str else raw for raw in raws]
    return raws


def _is_clean(raws: Sequence[str | None], most: int) -> bool:
    """Say whether all texts of a column may be kept as they are."""
    texts = [raw for raw in raws if raw is not None]
    if not texts:
        return True
    return max(map(len, texts)) <= most and not _DOUBTFUL.search("\n".join(texts))


def _phones_of(region: str) -> Callable[[str], str | None]:
    return lambda text: plain_phone(text, region)


def _quick_of(kind: Any, reading: Reading) -> Callable[[str], Any] | None:
    quick: Mapping[type[Any], Callable[[str], Any]] = {
        Phone: _phones_of(reading.region), Email: quick_email, Url: quick_url,
        TaxId: quick_tax_id, Day: quick_day,
    }  # fmt: skip
    if type(kind) is Money and kind.least < -(10**12) and kind.most > Decimal(10) ** 12:
        return quick_amount
    return quick.get(type(kind))


__all__ = ["MOST_CELL", "NOTHING", "Column", "Errors", "FieldColumn", "PointColumn", "joined"]
