"""Every kind of field reads what people type, shows it, and keeps it exactly."""

from __future__ import annotations

import contextlib
import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel
import pytest
from hypothesis import given, settings, strategies as st

from kartoteka.fields import kinds
from kartoteka.fields.kinds import (
    Choice,
    Choices,
    Currency,
    Day,
    DecimalNumber,
    Email,
    Integer,
    Kind,
    LongText,
    Moment_,
    Money,
    Percent,
    Phone,
    Reading,
    Reference,
    TaxId,
    Text_,
    Url,
    YesNo,
)
from kartoteka.fields.text import fold
from kartoteka.testing import Firm

SOFIA = Reading(locale="bg", tz=ZoneInfo("Europe/Sofia"), region="BG")
MOSCOW = Reading(locale="ru", tz=ZoneInfo("Europe/Moscow"), region="RU")
COLOURS = {"red": "Red", "blue": "Light blue"}
ONE_OF_EACH: list[tuple[Kind[Any], Any]] = [
    (Text_(), "Ромашка"),
    (LongText(), "first\nsecond"),
    (Integer(), -5),
    (DecimalNumber(4), Decimal("1.2345")),
    (Percent(), Decimal("12.50")),
    (Money(), Decimal("-100.05")),
    (Currency(), "EUR"),
    (Day(), date(2026, 2, 28)),
    (Moment_(), datetime(2026, 2, 28, 12, 30, tzinfo=UTC)),
    (Choice(COLOURS), "blue"),
    (Choices(COLOURS), ("red", "blue")),
    (Reference("client"), 7),
    (Phone(), "+74951234567;ext=12"),
    (Email(), "anna@example.com"),
    (Url(), "https://пример.рф/a?b=c"),
    (TaxId(), "7707083893"),
    (YesNo(), True),
]


def test_every_kind_is_tried_here() -> None:
    named = {
        item
        for name in kinds.__all__
        if isinstance(item := getattr(kinds, name), type) and issubclass(item, Kind)
    }
    assert named - {Kind} == {type(kind) for kind, _value in ONE_OF_EACH}


@pytest.mark.parametrize(("kind", "value"), ONE_OF_EACH, ids=lambda item: type(item).__name__)
@pytest.mark.parametrize("reading", [SOFIA, MOSCOW, kinds.PLAIN], ids=["bg", "ru", "en"])
def test_what_an_input_holds_is_read_back_unchanged(
    kind: Kind[Any], value: Any, reading: Reading
) -> None:
    assert kind.parse(kind.edit(value, reading), reading) == value


@pytest.mark.parametrize(
    ("language", "shown"), [("ru", "доб. 12"), ("bg", "вътр. 12"), ("en", "ext. 12")]
)
def test_the_extension_of_a_phone_is_said_in_the_readers_language(
    firm: Firm, language: str, shown: str
) -> None:
    phone, kept = Phone(), "+74951234567;ext=12"
    with firm.app.test_request_context(), flask_babel.force_locale(language):
        text = phone.show(kept)
    assert text == f"+7 495 123-45-67 {shown}"
    assert (phone.parse(text), phone.plain(kept)) == (kept, kept)


@pytest.mark.parametrize(("kind", "value"), ONE_OF_EACH, ids=lambda item: type(item).__name__)
def test_plain_values_of_rest_and_history_are_read_back_unchanged(
    kind: Kind[Any], value: Any
) -> None:
    assert kind.parse(kind.plain(value), MOSCOW) == value


@pytest.mark.parametrize("kind", [kind for kind, _ in ONE_OF_EACH], ids=lambda k: type(k).__name__)
@pytest.mark.parametrize("nothing", [None, "", "  \t\n"])
def test_nothing_typed_is_no_value(kind: Kind[Any], nothing: Any) -> None:
    assert kind.parse(nothing) is None
    assert kind.show(None) == ""
    assert kind.edit(None) == ""


@pytest.mark.parametrize("kind", [kind for kind, _ in ONE_OF_EACH], ids=lambda k: type(k).__name__)
@pytest.mark.parametrize(
    "wrong",
    [{"a": 1}, [{}], "\0", "a\ud800b", object()],
    ids=["mapping", "list", "NUL", "half a character", "object"],
)
def test_nonsense_is_refused_with_a_sentence(kind: Kind[Any], wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        kind.parse(wrong)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Text_(5), "123456"),
        (Integer(), "1.5"),
        (Integer(), "ten"),
        (Integer(0, 10), "11"),
        (Integer(), "99999999999999999999"),
        (Integer(), "1e999999999"),
        (Integer(), "1e-999999999"),
        (Integer(), "Infinity"),
        (Integer(), "sNaN"),
        (Integer(), True),
        (DecimalNumber(2), "1.234"),
        (DecimalNumber(2), "0." + "0" * 60 + "1"),
        (DecimalNumber(2), "9" * 17),
        (DecimalNumber(2), "1.234,56"),
        (Percent(), "101"),
        (Money(Decimal(0)), "-1"),
        (Currency(), "XYZW"),
        (Day(), "30.02.2026"),
        (Day(), "2026-13-01"),
        (Day(), "yesterday"),
        (Moment_(), "2026-02-28T25:00"),
        (Moment_(), "28.02.2026 12:60"),
        (Moment_(), "0001-01-01T00:00"),
        (Moment_(), "9999-12-31T23:59"),
        (YesNo(), "perhaps"),
        (Choice(COLOURS), "green"),
        (Choices(COLOURS), "red, green"),
        (Choices(COLOURS), 5),
        (Reference("client"), "0"),
        (Reference("client"), "-1"),
        (Reference("client"), "1.5"),
        (Reference("client"), str(2**31)),
        (Phone(), "hello"),
        (Phone(), "123-45-67"),
        (Phone(), "+7 495"),
        (Phone(), "+74951234567;ext=12345678901"),
        (Email(), "anna"),
        (Email(), "anna@"),
        (Email(), "anna@example"),
        (Email(), "a@b@example.com"),
        (Url(), "javascript:alert(1)"),
        (Url(), "ftp://example.com"),
        (Url(), "https://"),
        (Url(), "not a site"),
        (Url(), "https://example.com/\nX"),
        (Url(), "http://[::1"),
        (Url(), "example.com/" + "a" * 990),
        (TaxId(), "7707083894"),
        (TaxId(), "12345"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(kind: Kind[Any], typed: Any) -> None:
    with pytest.raises(ValueError, match=r"\S{2,}.*\.$"):
        kind.parse(typed, MOSCOW)


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Integer(), "1 000", 1000),
        (Integer(), "1\u00a0000", 1000),
        (Money(), "1 234,50", Decimal("1234.50")),
        (Money(), 0.1, Decimal("0.10")),
        (Percent(), "12,5 %", Decimal("12.50")),
        (Currency(), " eur ", "EUR"),
        (Day(), "1.2.2026", date(2026, 2, 1)),
        (Day(), "01/02/2026", date(2026, 2, 1)),
        (Day(), "01.02.26", date(2026, 2, 1)),
        (Moment_(), "01.02.2026 14:30", datetime(2026, 2, 1, 11, 30, tzinfo=UTC)),
        (Moment_(), "2026-02-01T14:30:00Z", datetime(2026, 2, 1, 14, 30, tzinfo=UTC)),
        (Moment_(), "01.02.2026", datetime(2026, 1, 31, 21, 0, tzinfo=UTC)),
        (YesNo(), "да", True),
        (YesNo(), "нет", False),
        (Choice(COLOURS), "light BLUE", "blue"),
        (Choices(COLOURS), "Red; blue; red", ("red", "blue")),
        (Text_(), 42, "42"),
        (Text_(), "  kept  ", "  kept  "),
        (Email(), "Anna@ПРИМЕР.рф", "Anna@xn--e1afmkfd.xn--p1ai"),
        (Url(), "example.com", "https://example.com"),
        (TaxId(), "7707 083 893", "7707083893"),
        (Phone(), "8 (495) 123-45-67 доб. 12", "+74951234567;ext=12"),
    ],
)
def test_the_usual_ways_of_writing_are_understood(kind: Kind[Any], typed: Any, value: Any) -> None:
    assert kind.parse(typed, MOSCOW) == value


def test_amounts_are_shown_with_all_their_places() -> None:
    assert DecimalNumber(4).show(Decimal("1.2345"), MOSCOW) == "1,2345"
    assert Money().show_in(Decimal("1234.50"), "RUB", MOSCOW) == "1\u00a0234,50\u00a0₽"
    assert Money().show_in(Decimal("12.50"), "JPY", kinds.PLAIN) == "¥12.50"


def test_an_input_holds_a_number_as_the_reader_writes_it() -> None:
    assert DecimalNumber(1).edit(Decimal("292.0"), MOSCOW) == "292"
    assert DecimalNumber(2).edit(Decimal("1.20"), SOFIA) == "1,2"
    assert Money().edit(Decimal("100000.00"), MOSCOW) == "100000"
    assert Money().edit(Decimal("0.50"), kinds.PLAIN) == "0.5"
    for typed in ("1,2", "1.2"):
        assert DecimalNumber(2).parse(typed, MOSCOW) == Decimal("1.20")


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_any_amount_survives_the_input(amount: Decimal) -> None:
    kind = Money()
    assert kind.parse(kind.edit(amount, MOSCOW), MOSCOW) == amount
    assert kind.parse(kind.plain(amount), MOSCOW) == amount


@given(st.dates())
def test_any_day_survives_the_input(day: date) -> None:
    kind = Day()
    assert kind.parse(kind.edit(day, MOSCOW), MOSCOW) == day


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)))
@settings(max_examples=300)
def test_any_moment_is_kept_and_shown_in_the_zone_of_the_reader(naive: datetime) -> None:
    kind, moment = Moment_(), naive.replace(second=0, microsecond=0, tzinfo=UTC)
    assert kind.parse(kind.plain(moment)) == moment
    local = moment.astimezone(SOFIA.tz)
    if local.utcoffset() == (local + timedelta(hours=2)).utcoffset() and not (
        local.utcoffset() or timedelta(0)
    ) % timedelta(minutes=1):
        assert kind.parse(kind.edit(moment, SOFIA), SOFIA) == moment
    assert kind.show(moment, SOFIA)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_is_kept_as_typed(text: str) -> None:
    kept = LongText().parse(text)
    assert kept == (text if text.strip() else None)


@given(st.text())
@settings(max_examples=500)
def test_no_typed_text_breaks_any_kind(text: str) -> None:
    for kind, _value in ONE_OF_EACH:
        with contextlib.suppress(ValueError):
            value = kind.parse(text, MOSCOW)
            assert isinstance(kind.show(value, MOSCOW), str)
            kind.plain(value)


@given(st.text(max_size=40))
def test_folded_text_has_no_letter_case_and_no_double_spaces(text: str) -> None:
    folded = fold(text)
    assert fold(text.upper().lower()) == fold(text.lower())
    assert "  " not in folded
    assert folded == folded.strip()
    assert "ё" not in folded


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_example_numbers_of_six_countries_are_read(shared_data: Path) -> None:
    rows = _rows(shared_data / "04-phones" / "libphonenumber_examples.csv")
    good = [row for row in rows if row["valid_by_phonenumbers"] == "True"]
    assert len(good) > 20
    for row in good:
        reading = Reading(region=row["region"])
        assert Phone().parse(row["national_number"], reading) == row["e164"]
        assert Phone().parse(row["e164"], MOSCOW) == row["e164"]


def test_phones_with_extensions_as_people_write_them_are_read(shared_data: Path) -> None:
    rows = _rows(shared_data / "04-phones" / "netology_phones.csv")
    for row in rows:
        expected = f"{row['e164']};ext={row['ext']}" if row["ext"] else row["e164"]
        assert Phone().parse(row["raw"], MOSCOW) == expected
        assert Phone().parse(Phone().show(expected), MOSCOW) == expected


@pytest.mark.parametrize(
    ("typed", "region"),
    [
        ("8 (495) 123-45-6", "RU"), ("8495123456", "RU"), ("8 800 555-35-3", "RU"),
        ("8-916-123-45-6", "RU"), ("8 (452) 12-34-56", "RU"),
    ],
)  # fmt: skip
def test_a_phone_a_digit_short_does_not_become_another_number(typed: str, region: str) -> None:
    with pytest.raises(ValueError, match="after 8 there are too few digits"):
        Phone().parse(typed, Reading(region=region))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("812 765-43-21", "+78127654321"), ("800 555-35-35", "+78005553535"),
        ("8 (495) 123-45-67", "+74951234567"), ("8452 12-34-56", "+78452123456"),
        ("+7 (845) 212-34-56", "+78452123456"), ("+852 2123 4567", "+85221234567"),
        ("+81 3 1234 5678", "+81312345678"),
    ],
)  # fmt: skip
def test_numbers_that_only_look_like_a_trunk_prefix_are_kept(typed: str, kept: str) -> None:
    assert Phone().parse(typed, MOSCOW) == kept


def test_real_tax_numbers_are_told_from_wrong_ones(shared_data: Path) -> None:
    rows = _rows(shared_data / "07-naughty-and-names" / "tax_ids.csv")
    tried = 0
    for row in rows:
        # OGRN is the number of an entry in the register, not a tax number.
        if "OGRN" in row["kind"].upper():
            continue
        tried += 1
        reading = Reading(region="BG" if row["kind"].startswith("BG") else "RU")
        if row["expected"] == "valid":
            assert TaxId().parse(row["value"], reading), row
        else:
            with pytest.raises(ValueError, match="tax number"):
                TaxId().parse(row["value"], reading)
    assert tried > 10
