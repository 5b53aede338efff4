"""Recognising a CSV file: encodings, delimiters, and files that are something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kartoteka.errors import Unreadable
from kartoteka.services.import_file import open_table

TEXT = "Наименование;Город\nРомашка;Пермь\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1251", "cp1251"),
        ("utf-16", "utf-16"),
    ],
)
def test_encoding_is_found_out(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(TEXT, encoding=encoding)
    table = open_table(path)
    assert (table.encoding, table.delimiter) == (found, ";")
    assert table.header == ("Наименование", "Город")
    assert [row.cells for row in table.rows()] == [("Ромашка", "Пермь")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(
        delimiter.join(["a", "b", "c"]) + "\n" + delimiter.join(["1.5", "x y", ""]) + "\n"
    )
    assert open_table(path).delimiter == delimiter


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('name,note\nA,"two\nlines"\n\nB,\n')
    assert [row.number for row in open_table(path).rows()] == [2, 4]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"PK\x03\x04\x14\x00\x06\x00", "not a text file"),
        (bytes(range(256)) * 10, "not a text file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
        ("Имя,Город\n".encode() * 50 + b"\xd0", "broken character in line 51"),
        (b"name\n\x98\x98\n", "neither UTF-8 nor cp1251"),
    ],
)
def test_what_is_no_table_gets_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=said):
        open_table(path)


def test_encoding_given_wrongly_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("name\nРомашка\n", encoding="cp1251")
    with pytest.raises(Unreadable, match="line 2 does not fit"):
        open_table(path, "utf-8")
    with pytest.raises(Unreadable, match="no encoding 'utf-9'"):
        open_table(path, "utf-9")
    with pytest.raises(Unreadable, match="can not be opened"):
        open_table(tmp_path / "nowhere.csv")


def test_open_quotes_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text('name,note\nA,1\nB,"never closed\nC,2\n')
    with pytest.raises(Unreadable, match="quotes are not closed"):
        list(open_table(path).rows())
