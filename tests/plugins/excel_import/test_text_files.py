"""Text files are read in any encoding and with any delimiter, quote and line end."""

from __future__ import annotations

from pathlib import Path

import pytest

from kartoteka.api import Unreadable
from kartoteka_excel_import.reading.dialect import cut, dialect_of, unmarked
from tests.plugins.excel_import.making import contents, text_file

RUSSIAN = (
    "Название;Телефон;Город;Примечание\r\n"
    "ООО Ромашка;+7 (495) 123-45-67;Москва;перезвонить после обеда, договор 5\r\n"
    "ИП Щукин Эдуард;8 916 123 45 67;Самара;ждёт счёт\r\n"
)
BULGARIAN = (
    "Име;Телефон;Град;Бележка\r\n"
    "Цветарница Роза ЕООД;02/866-22-27;София;Да се обади в сряда\r\n"
    "Магазин Слънце;032 123 456;Пловдив;без бележки, щъркел\r\n"
)
ENDS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
ENCODINGS = [
    "utf-8", "utf-8-sig", "cp1251", "cp866", "koi8-r", "mac-cyrillic", "iso8859-5", "utf-16",
    "utf-16-le", "utf-16-be", "utf-32",
]  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", [RUSSIAN, BULGARIAN], ids=["Russian", "Bulgarian"])
def test_a_cyrillic_list_is_read_in_each_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    found = contents(text_file(tmp_path / "list.csv", text, encoding))
    lines = [line.split(";") for line in text.splitlines()]
    assert found.heads == lines[0]
    assert [list(cells) for cells in found.cells] == lines[1:]


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "mac-cyrillic"])
def test_a_list_in_capitals_is_read_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    text = "НАЗВАНИЕ;ГОРОД\nООО РОМАШКА;МОСКВА\nИП ПЕТРОВ;САНКТ-ПЕТЕРБУРГ\n"
    found = contents(text_file(tmp_path / "list.csv", text, encoding))
    assert found.cells == [("ООО РОМАШКА", "МОСКВА"), ("ИП ПЕТРОВ", "САНКТ-ПЕТЕРБУРГ")]


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "cp850"])
def test_a_western_list_is_read_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    text = "Name;Stadt\nMüller Größe;Köln\nJosé;Málaga\nFrançois Lefèvre;Orléans\n"
    found = contents(text_file(tmp_path / "list.csv", text, encoding))
    assert found.cells[0] == ("Müller Größe", "Köln")
    assert found.cells[2] == ("François Lefèvre", "Orléans")


def test_letters_far_below_decide_the_encoding(tmp_path: Path) -> None:
    text = "name;city\n" + "Romashka;Moskva\n" * 200_000 + "Ромашка;Москва\n"
    found = contents(text_file(tmp_path / "list.csv", text, "cp1251"))
    assert found.cells[-1] == ("Ромашка", "Москва")


def test_a_named_encoding_is_taken_and_checked(tmp_path: Path) -> None:
    path = text_file(tmp_path / "list.csv", "имя;город\nЯна;Уфа\n", "cp866")
    assert contents(path, encoding="cp866").layout.encoding == "cp866"
    with pytest.raises(Unreadable, match=r"is not in utf-8: line 1 does not fit"):
        contents(path, encoding="utf-8")
    with pytest.raises(Unreadable, match="There is no encoding klingon"):
        contents(path, encoding="klingon")


def test_a_damaged_letter_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    data = RUSSIAN.encode().replace("Москва".encode(), "Моск".encode() + b"\xd0" + "а".encode())
    found = contents(text_file(tmp_path / "list.csv", data))
    assert [(fault.row, fault.letter, fault.code) for fault in found.faults] == [(2, "C", "broken")]
    assert found.cells[1][2] == "Самара"


@pytest.mark.parametrize(
    "bad",
    [b"\xd0", "Пётр".encode("cp1251"), "Анна Петрова".encode("koi8-r"), "Рак".encode("cp866")],
    ids=["byte", "cp1251", "koi8-r", "cp866"],
)
def test_a_short_list_with_one_line_that_is_not_utf_8_is_read_as_utf_8_and_the_line_is_named(
    tmp_path: Path, bad: bytes
) -> None:
    data = "имя;город\nЯна;Уфа\nОлег;Сочи\n".encode() + b"Ivan " + bad + b";Omsk\n"
    found = contents(text_file(tmp_path / "list.csv", data + "Инна;Тверь\n".encode()))
    assert found.layout.encoding == "utf-8"
    assert [(fault.row, fault.letter, fault.code) for fault in found.faults] == [(4, "A", "broken")]
    assert list(found.cells[0]) == ["Яна", "Уфа"]


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "mac-cyrillic"])
def test_a_short_list_of_another_encoding_is_not_taken_for_a_damaged_one(
    tmp_path: Path, encoding: str
) -> None:
    text = "имя;город;заметка\nрак;Уфа;крупная работа\nПЁТР РЯБОВ;Сочи;Аптека 5\n"
    found = contents(text_file(tmp_path / "list.csv", text, encoding))
    assert found.layout.encoding == encoding


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_delimiter_and_line_end_are_found(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = [["name", "phone", "note"], ["Alfa", "+7 495", '"a; b, c | d"'], ["Beta", "12", "x"]]
    text = end.join(delimiter.join(row) for row in rows)
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.layout.delimiter == delimiter
    assert found.cells == [("Alfa", "+7 495", "a; b, c | d"), ("Beta", "12", "x")]


def test_decimal_commas_are_no_delimiter(tmp_path: Path) -> None:
    text = "name;sum;share\nAlfa;1,5;2,5\nBeta;10,25;3,75\nGamma;7,0;1,0\n"
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells[1] == ("Beta", "10,25", "3,75")


def test_lines_within_cells_are_kept(tmp_path: Path) -> None:
    text = 'name;address\r\nAlfa;"Moscow\r\nTverskaya 1"\r\nBeta;"Sofia\n\nVitosha 2"\r\n'
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells == [("Alfa", "Moscow\nTverskaya 1"), ("Beta", "Sofia\n\nVitosha 2")]
    assert found.numbers == [2, 3]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("within", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("every", [1, 10, 40])
def test_line_ends_in_quotes_are_not_those_of_rows(
    tmp_path: Path, end: str, within: str, every: int
) -> None:
    notes = [f'"one{within}two"' if n % every == 0 else "plain" for n in range(40)]
    lines = ["Name;Phone;Note", *(f"Firm {n};{n};{note}" for n, note in enumerate(notes))]
    path = text_file(tmp_path / "list.csv", "".join(line + end for line in lines))
    dialect = dialect_of(path.read_bytes().decode(), is_whole=True)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(dialect.records(cut([file.read()], dialect.end) if dialect.end else file))
    assert [len(row) for row in rows] == [3] * 41
    assert [rows[1][0], rows[-1][:2]] == ["Firm 0", ["Firm 39", "39"]]
    assert "\n".join(unmarked(rows[1])[2].splitlines()) == "one\ntwo"


def test_a_bare_carriage_return_in_a_cell_does_not_cut_the_row(tmp_path: Path) -> None:
    rows = "".join(f"Firm {n};Moscow\rTverskaya {n};+7 495 {n}\r\n" for n in range(9))
    found = contents(text_file(tmp_path / "list.csv", "name;address;phone\r\n" + rows))
    assert found.counts.rows == 9
    assert found.cells[8] == ("Firm 8", "Moscow\nTverskaya 8", "+7 495 8")


def test_quotes_in_names_stay(tmp_path: Path) -> None:
    text = 'name;city\nООО "Ромашка";Москва\n"ООО ""Лютик""";Уфа\n'
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells == [('ООО "Ромашка"', "Москва"), ('ООО "Лютик"', "Уфа")]


def test_quotes_escaped_by_a_backslash_are_read(tmp_path: Path) -> None:
    text = 'name,city\n"Firm \\"Alfa\\", Ltd","Ufa"\n"Firm \\"Beta\\", Ltd","Omsk"\n'
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells == [('Firm "Alfa", Ltd', "Ufa"), ('Firm "Beta", Ltd', "Omsk")]


def test_single_quotes_around_cells_are_read(tmp_path: Path) -> None:
    text = "'name','city'\n'Alfa, Ltd','Ufa'\n'Beta, Ltd','Omsk'\n"
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells == [("Alfa, Ltd", "Ufa"), ("Beta, Ltd", "Omsk")]


@pytest.mark.parametrize("after", ['"Firm x";"Ufa"\n', "Firm x;Ufa\n", '"Firm ""x""";"Ufa"\n'])
def test_a_quote_that_is_not_closed_takes_in_no_other_row(tmp_path: Path, after: str) -> None:
    good = "".join(f'"Firm {n}";"City {n}"\n' for n in range(40_000))
    path = text_file(tmp_path / "list.csv", f'name;city\n{good}"Open;City\n{after}Last;Omsk\n')
    found = contents(path)
    assert found.counts.rows == 40_003
    assert found.cells[-3:] == [
        ('"Open', "City"), ('Firm "x"' if '""' in after else "Firm x", "Ufa"), ("Last", "Omsk"),
    ]  # fmt: skip
    assert [(fault.row, fault.code) for fault in found.faults] == [(40_002, "quote")]


def test_text_after_a_quoted_name_is_kept(tmp_path: Path) -> None:
    text = "name;city\n" + '"Ромашка";Уфа\n' * 20 + '"Лютик" ООО;Омск\n"Ива";Омск\n'
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells[-2:] == [("Лютик ООО", "Омск"), ("Ива", "Омск")]


def test_the_line_that_names_the_delimiter_is_no_row(tmp_path: Path) -> None:
    found = contents(text_file(tmp_path / "list.csv", "sep=|\r\nname|sum\r\nAlfa, Beta|1;5\r\n"))
    assert (found.layout.header_row, found.heads) == (1, ["name", "sum"])
    assert found.cells == [("Alfa, Beta", "1;5")]


def test_a_wished_delimiter_is_taken(tmp_path: Path) -> None:
    path = text_file(tmp_path / "list.csv", "name~city\nAlfa~Ufa, Omsk\n")
    assert contents(path, delimiter="~").cells == [("Alfa", "Ufa, Omsk")]
    with pytest.raises(Unreadable, match="must be one character"):
        contents(path, delimiter="ab")


def test_zeros_and_long_numbers_of_text_stay(tmp_path: Path) -> None:
    text = 'code;account;phone\n0042;40702810900000012345;="0079161234567"\n007;1e5;1.0\n'
    found = contents(text_file(tmp_path / "list.csv", text))
    assert found.cells == [
        ("0042", "40702810900000012345", "0079161234567"), ("007", "1e5", "1.0"),
    ]  # fmt: skip


def test_a_cell_beyond_the_columns_is_not_lost(tmp_path: Path) -> None:
    rows = "Alfa;Ufa\n" * 2000
    found = contents(text_file(tmp_path / "list.csv", f"name;city\n{rows}Beta;Omsk;secret\n"))
    assert found.heads == ["name", "city"]
    (fault,) = found.faults
    assert (fault.row, fault.letter, fault.code, fault.text) == (2002, "C", "beyond", "secret")


def test_a_text_file_under_the_name_of_a_workbook_is_read(tmp_path: Path) -> None:
    found = contents(text_file(tmp_path / "list.xls", "name\tcity\nAlfa\tUfa\n"))
    assert (found.layout.kind, found.cells) == ("csv", [("Alfa", "Ufa")])


def test_a_workbook_under_the_name_of_a_text_file_is_read(tmp_path: Path) -> None:
    from tests.plugins.excel_import.making import workbook

    path = workbook(tmp_path / "list.xlsx", [["name", "city"], ["Alfa", "Ufa"]])
    path = path.rename(tmp_path / "list.csv")
    assert contents(path).layout.kind == "xlsx"
