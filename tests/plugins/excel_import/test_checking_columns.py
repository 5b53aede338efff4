"""A column is read at a glance, and yet as the form reads each of its cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from kartoteka.api import (
    DateTime,
    Day,
    DecimalNumber,
    Email,
    Field,
    Integer,
    Kind,
    Money,
    Percent,
    Phone,
    Reading,
    TaxId,
    Text,
    Url,
    YesNo,
    taken_apart,
)
from kartoteka_excel_import.checking.columns import NOTHING, FieldColumn, PointColumn
from kartoteka_excel_import.checking.pieces import in_pieces
from kartoteka_excel_import.reading.cells import clean

DIGITS = st.text("0123456789", min_size=1, max_size=12)
SEPARATORS = st.sampled_from(["", " ", "-", "(", ")", ") ", " (", "\u00a0", ".", "/", "x", "--"])


@st.composite
def phones(draw: Callable[..., Any]) -> str:
    """Return what people write for phones: clean ones, nearly clean ones, several, nonsense."""
    start = draw(st.sampled_from(["+7", "8", "7", "", "+359", "0", "00359", "+1", "810", "88"]))
    area = draw(
        st.sampled_from(
            ["495", "916", "800", "383", "812", "840", "849", "888", "123", "789", "2", "301"]
        )
    )
    groups = draw(st.sampled_from([(3, 2, 2), (3, 4), (7,), (3, 3), (2, 2, 3), (3, 2, 1), (3, 2)]))
    text = start + draw(SEPARATORS) + area
    for group in groups:
        number = draw(st.text("0123456789", min_size=group, max_size=group))
        text += draw(SEPARATORS) + number
    return text + draw(st.sampled_from(["", "", " доб. 12", ", доб 7", "x718", " ext 3", "; "]))


PHONES = st.one_of(phones(), st.lists(phones(), min_size=2, max_size=3).map(", ".join), DIGITS)
LABELS = st.text("abcXYZ019-_", min_size=1, max_size=8)
ENDS = st.sampled_from(["ru", "com", "test", "local", "рф", "example", "RU", "c", "xn--p1ai"])
MAILS = st.one_of(
    st.builds(lambda a, b, c: f"{a}@{b}.{c}", LABELS, LABELS, ENDS),
    st.builds(lambda a, b, c, d: f"{a}.{b}@{c}.ru{d}", LABELS, LABELS, LABELS,
              st.sampled_from(["", ".", ";x@y.ru", ", b@c.com", " "])),
)  # fmt: skip
SITES = st.builds(
    lambda a, b, c, d: f"{a}{b}.{c}{d}",
    st.sampled_from(["", "http://", "https://", "www.", "HTTP://", "ftp://"]), LABELS, ENDS,
    st.sampled_from(["", "/", "/a/b", "/a//", "/A_b/?q=1", "//", "/../x", " "]),
)  # fmt: skip
TAX_IDS = st.one_of(
    st.text("0123456789", min_size=9, max_size=13),
    st.sampled_from(["7743842112", "7728812089", "500100732259", "BG121393034", "121 393 034"]),
)
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, places=2).map(str),
    st.builds(lambda a, b, c: f"{a}{b}{c}", DIGITS, st.sampled_from([",", ".", " ", "e", ""]),
              DIGITS),
    st.sampled_from(["12,5", "1 234,50", "-3", "1e5", "--1", "0,005", "12.345", "٣", "²"]),
)  # fmt: skip
DAYS = st.one_of(
    st.dates().map(str),
    st.dates().map(lambda day: f"{day:%d.%m.}{day.year}"),
    st.sampled_from(["31.02.2026", "1.1.26", "15/10/2017", "2012-06-22 10:00", "вчера"]),
)
DIRT = st.one_of(st.text(max_size=20), st.sampled_from(["\ud800", "a\0b", "я" * 300, "-", "нет"]))
READINGS = [Reading(region=region) for region in ("RU", "BG", "DE")]

KINDS: list[tuple[Kind[Any], st.SearchStrategy[str]]] = [
    (Text(20), DIRT), (Phone(), PHONES), (Email(), MAILS), (Url(), SITES), (TaxId(), TAX_IDS),
    (Money(), NUMBERS), (DecimalNumber(3), NUMBERS), (Integer(0, 1000), NUMBERS),
    (Percent(), NUMBERS), (Day(), DAYS), (DateTime(), DAYS), (YesNo(), DIRT),
]  # fmt: skip


def read_one_by_one(read: Callable[[Any], Any], cells: Sequence[Any], empty: Any) -> Any:
    values: list[Any] = []
    errors: dict[int, str] = {}
    for place, cell in enumerate(cells):
        try:
            values.append(read(cell))
        except ValueError as error:
            values.append(empty)
            errors[place] = str(error)
    return values, errors


@pytest.mark.parametrize(("kind", "cells"), KINDS, ids=lambda value: getattr(value, "code", ""))
def test_a_column_is_read_as_its_kind_reads_each_cell(
    kind: Kind[Any], cells: st.SearchStrategy[str]
) -> None:
    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.one_of(cells, cells, DIRT), max_size=6), st.sampled_from(READINGS))
    def holds(texts: list[str], reading: Reading) -> None:
        column = clean(texts)
        field = Field[Any](on=object, name="x", kind=kind, title="X")
        found = FieldColumn(field, reading).read([*column, *column])
        values, errors = read_one_by_one(
            lambda cell: kind.parse(_on_a_line(kind, cell), reading), [*column, *column], None
        )
        assert found.values == values
        assert found.errors == errors

    holds()


def _on_a_line(kind: Kind[Any], cell: str | None) -> str | None:
    return " ".join(cell.split("\n")) if type(kind) is Text and cell is not None else cell


def the_long_way(kind: str, cell: str, reading: Reading) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(taken_apart(kind, cell, reading))
    except ValueError:
        if (found := in_pieces(kind, cell, reading)).is_whole:
            return found.points
        raise


def is_nothing(cell: str | None) -> bool:
    return cell is None or cell in NOTHING


@pytest.mark.parametrize(
    ("kind", "cells"),
    [("phone", PHONES), ("mobile", PHONES), ("email", MAILS), ("site", SITES), ("address", DIRT)],
)
def test_phones_and_addresses_are_taken_apart_as_one_by_one(
    kind: str, cells: st.SearchStrategy[str]
) -> None:
    @settings(max_examples=120, deadline=None)
    @given(st.lists(st.one_of(cells, cells, DIRT), max_size=6), st.sampled_from(READINGS))
    def holds(texts: list[str], reading: Reading) -> None:
        column = clean(texts)
        found = PointColumn(kind, reading).read([*column, *column])
        values, errors = read_one_by_one(
            lambda cell: () if is_nothing(cell) else the_long_way(kind, cell, reading),
            [*column, *column], (),
        )  # fmt: skip
        assert found.errors == errors
        for place, points in enumerate(found.values):
            if place not in errors:
                assert points == values[place]
            for value, key in points:
                assert [key] == [one for _text, one in the_long_way(kind, value, reading)]

    holds()


def test_numbers_and_days_of_a_spreadsheet_are_taken_as_they_are() -> None:
    def read(kind: Kind[Any], *cells: Any) -> list[Any]:
        field = Field[Any](on=object, name="x", kind=kind, title="X")
        return FieldColumn(field, Reading()).read(cells).values

    assert list(map(str, read(Money(), 1200, 12.5, 1234.5600000000002))) == [
        "1200.00", "12.50", "1234.56",
    ]  # fmt: skip
    assert read(Day(), date(2026, 1, 2), datetime(2026, 1, 2, 10, 30)) == [date(2026, 1, 2)] * 2
    assert read(Day(), "2026-01-02 00:00:00") == [date(2026, 1, 2)]
    assert read(Text(), 1.0, 79161234567, True) == ["1", "79161234567", "TRUE"]
    assert read(TaxId(), 7743842112) == ["7743842112"]
    assert read(YesNo(), True, 1, "да") == [True, True, True]
    assert PointColumn("phone", Reading()).read([79161234567]).values == [
        (("79161234567", "+79161234567"),)
    ]


def test_what_a_field_checks_is_checked_in_a_column_too() -> None:
    def no_cats(text: str) -> None:
        if "cat" in text:
            raise ValueError("No cats.")

    field = Field[Any](on=object, name="x", kind=Text(), title="X", check=no_cats)
    found = FieldColumn(field, Reading()).read(["dog", "cat", None, "cat"])
    assert found.values == ["dog", None, None, None]
    assert found.errors == {1: "No cats.", 3: "No cats."}
