"""What rows of a long list said is kept in a file, and each text known again, whatever its hash."""

from __future__ import annotations

import gc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kartoteka_excel_import.checking.known_texts import KnownTexts, RecordPlaces
from kartoteka_excel_import.checking.row_log import RowLog, plain_columns


def test_entries_come_back_as_they_were_however_many_there_are() -> None:
    log = RowLog()
    entries = [(row, f"Фирма {row}", None, ("a", 1.5), True) for row in range(12_345)]
    for entry in entries:
        log.append(entry)
    assert log.next == len(entries)
    for place in (0, 1, 4_999, 5_000, 9_999, 10_000, 12_344, 4_999):
        assert log[place] == entries[place]
    assert [log[place] for place in range(log.next)] == entries


def test_halves_of_characters_and_long_texts_are_kept() -> None:
    log = RowLog()
    entries = [("\ud800 half",), ("x" * 3_000_000,), ("",)] + [("",)] * 5_000
    for entry in entries:
        log.append(entry)
    assert [log[0], log[1], log[2]] == entries[:3]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files here")
def test_the_file_goes_with_the_log() -> None:
    def files() -> list[str]:
        return [
            str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()
            and "(deleted)" in str(one.readlink())
        ]  # fmt: skip

    before = len(files())
    log = RowLog()
    for row in range(6_000):
        log.append((row,))
    assert len(files()) == before + 1
    del log
    gc.collect()
    assert len(files()) == before


@pytest.mark.parametrize("bits", [1, 3, 60])
def test_texts_with_equal_hashes_are_not_taken_for_each_other(bits: int) -> None:
    log = RowLog()
    known = KnownTexts(log, 1, bits)
    assert known.find("никто") == 0
    for row in range(1, 6_000, 2):
        texts = (f"ключ {row}", f"ключ {row + 1}", "общий")
        if len(known.learn(texts, -row, log.next)) < len(texts):
            log.append((-row, texts))
    for row in range(1, 6_000, 2):
        assert known.find(f"ключ {row}") == known.find(f"ключ {row + 1}") == -row
    assert known.find("общий") == -1, "what was learned first holds"
    assert known.find_all(("ключ 5", "ключ 6001", "ключ 9")) == [-5, -9]
    assert known.find("ключ 6001") == 0
    assert known.find("") == 0


def test_places_are_known_of_records_of_the_base_and_of_rows() -> None:
    places = RecordPlaces()
    assert places.get(-7) is None
    assert places.get(7) is None
    places.put(-7, 0)
    places.put(7, 1)
    places.put(-1_000_000, 2)
    places.put(-7, 3)
    assert [places.get(one) for one in (-7, 7, -1_000_000, -8, -2_000_000)] == [3, 1, 2, None, None]


def test_plain_values_are_equal_where_the_values_are_and_nowhere_else() -> None:
    numbers = [-1, -2, 0, None]
    amounts = [Decimal("1.50"), Decimal("1.5"), Decimal(10), None]
    mixed = [date(2026, 11, 22), "2026-11-22", Decimal(1), (Decimal(1), "a")]
    plain = plain_columns([numbers, amounts, mixed])
    assert plain[0] == numbers
    assert plain[1][0] == plain[1][1] != plain[1][2]
    assert plain[1][3] is None
    assert len({str(one) for one in plain[2]}) == 4
    log = RowLog()
    for _ in range(5_000):
        log.append(tuple(zip(*plain, strict=True)))
    assert log[0] == tuple(zip(*plain, strict=True))
