"""Files that are built to harm, or broken on their way, end in a plain sentence, within limits."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kartoteka.api import Unreadable
from kartoteka_excel_import.reading.limits import MB, Limits
from tests.plugins.excel_import.making import (
    contents,
    open_cell,
    open_document,
    repacked,
    text_file,
    workbook,
)

LIST = [["name", "city"], ["Alfa", "Ufa"]]
SHEET = "xl/worksheets/sheet1.xml"


def refused(path: Path, why: str, **more: Any) -> None:
    """Assert that a file is refused for a reason, and that no piece of the program shows."""
    with pytest.raises(Unreadable, match=why) as refusal:
        contents(path, **more)
    text = str(refusal.value)
    assert path.name in text
    assert not any(word in text for word in ("Traceback", "Error", "panicked", "/"))


def outcome(path: Path) -> str:
    """Return the cells of a file, or why it was refused."""
    try:
        return " ".join(str(cell) for row in contents(path).cells for cell in row)
    except Unreadable as error:
        return str(error)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return workbook(tmp_path / "plain.xlsx", LIST)


def with_part(path: Path, source: Path, part: str, data: bytes) -> Path:
    return repacked(path, source, lambda name, old: data if name == part else old)


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_a_part_that_unpacks_to_far_more_is_not_read(
    tmp_path: Path, plain: Path, part: str
) -> None:
    bomb = with_part(tmp_path / "bomb.xlsx", plain, part, b"<x>" + b" " * (100 * MB))
    refused(bomb, "would unpack to far more")


def test_a_part_that_lies_of_its_size_is_not_believed(tmp_path: Path, plain: Path) -> None:
    path = with_part(tmp_path / "lie.xlsx", plain, SHEET, b"<x>" + b" " * (60 * MB))
    data = bytearray(path.read_bytes())
    true, false = (60 * MB + 3).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert data.count(true) >= 1
    path.write_bytes(bytes(data).replace(true, false))
    refused(path, "is damaged|would unpack")


def test_entities_that_grow_are_not_read(tmp_path: Path, plain: Path) -> None:
    levels = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(12)
    )
    xml = f'<?xml version="1.0"?><!DOCTYPE x [{levels}]><worksheet><v>&l11;</v></worksheet>'
    refused(with_part(tmp_path / "laughs.xlsx", plain, SHEET, xml.encode()), "can do harm")
    rows = f"<!DOCTYPE x [{levels}]><table:table-row>{open_cell('&l11;')}</table:table-row>"
    refused(open_document(tmp_path / "laughs.ods", rows), "can do harm")


def test_a_file_from_elsewhere_is_not_let_in(tmp_path: Path, plain: Path) -> None:
    xml = '<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]><sst><si><t>&p;</t></si></sst>'
    refused(with_part(tmp_path / "x.xlsx", plain, "xl/workbook.xml", xml.encode()), "can do harm")


def test_a_cell_at_the_end_of_the_sheet_costs_nothing(tmp_path: Path) -> None:
    def far(book: Any) -> None:
        book.worksheets[0]["XFD1048576"] = "x"

    refused(workbook(tmp_path / "far.xlsx", LIST, change=far), "more memory than|more cells than")


@pytest.mark.parametrize("last", ["XFD1048576", "ZZZZZZ999999999999", "A0", "1", ""])
def test_a_declared_size_is_not_believed(tmp_path: Path, plain: Path, last: str) -> None:
    path = repacked(
        tmp_path / "list.xlsx", plain,
        lambda name, data: data.replace(b'ref="A1:B2"', f'ref="A1:{last}"'.encode()),
    )  # fmt: skip
    said = outcome(path)
    assert "list.xlsx" in said or said == "Alfa Ufa"


@pytest.mark.parametrize("place", ["XFE1", "A1048577", "A99999999999999999999", "ZZZZZZZZZZ1", "é"])
def test_a_cell_that_can_not_be_is_refused_or_passed_over(
    tmp_path: Path, plain: Path, place: str
) -> None:
    path = repacked(
        tmp_path / "list.xlsx", plain,
        lambda name, data: data.replace(b'r="B2"', f'r="{place}"'.encode()),
    )  # fmt: skip
    said = outcome(path)
    assert "list.xlsx" in said or said.startswith("Alfa")


@pytest.mark.parametrize("often", ["1048576", "1000000000", "99999999999999999999"])
def test_cells_repeated_without_end_are_refused(tmp_path: Path, often: str) -> None:
    cell = open_cell("x", f'table:number-columns-repeated="{often}"')
    rows = f'<table:table-row table:number-rows-repeated="{often}">{cell}</table:table-row>'
    refused(open_document(tmp_path / "many.ods", rows), "more cells|damaged|more memory|columns")


def test_blank_rows_repeated_to_the_end_of_the_sheet_are_no_harm(tmp_path: Path) -> None:
    rows = (
        f"<table:table-row>{open_cell('name')}{open_cell('city')}</table:table-row>"
        f"<table:table-row>{open_cell('Alfa')}{open_cell('Ufa')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048574"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert contents(open_document(tmp_path / "list.ods", rows)).cells == [("Alfa", "Ufa")]


def test_each_shortened_workbook_is_refused(tmp_path: Path, plain: Path) -> None:
    data = plain.read_bytes()
    for part in (0.02, 0.3, 0.7, 0.99):
        path = text_file(tmp_path / "cut.xlsx", data[: int(len(data) * part)])
        refused(path, "is damaged")


def test_a_workbook_with_random_damage_is_read_or_refused(tmp_path: Path, plain: Path) -> None:
    chance = random.Random(4)
    for _ in range(12):
        data = bytearray(plain.read_bytes())
        for _ in range(8):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = text_file(tmp_path / "broken.xlsx", bytes(data))
        said = outcome(path)
        assert "broken.xlsx" in said or "Alfa" in said or said == ""


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize(
    "data", [b"", b"<", b"\x00" * 1000, b"<a><b></a>", "<a>é</a>".encode("utf-16")]
)
def test_a_workbook_with_a_broken_part_is_read_or_refused(
    tmp_path: Path, plain: Path, part: str, data: bytes
) -> None:
    path = with_part(tmp_path / "broken.xlsx", plain, part, data)
    said = outcome(path)
    assert "broken.xlsx" in said or said == "Alfa Ufa"


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_without_a_part_is_refused(tmp_path: Path, plain: Path, part: str) -> None:
    path = repacked(
        tmp_path / "part.xlsx", plain, lambda name, data: None if name == part else data
    )
    refused(path, "is damaged|no sheet|is empty")


@pytest.mark.parametrize(("data", "why"), [
    (b"", "is empty"),
    (b" \r\n\t\n ", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b"\xff\xfe", "is empty"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "not a spreadsheet"),
    (b"\x7fELF\2\1\1" + b"\0" * 500, "not a spreadsheet"),
    (b"%PDF-1.7\n%\xe2\xe3", "is no spreadsheet but a PDF"),
    (b"<html><table><tr><td>x</td></tr></table></html>", "but a web page"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "not a spreadsheet|is damaged"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000, "not a spreadsheet|is damaged"),
    (b"PK\x05\x06" + b"\0" * 18, "an archive of other files"),
    (b"PK\x03\x04" + b"\xff" * 500, "is damaged"),
])  # fmt: skip
def test_what_is_no_spreadsheet_is_refused_whatever_its_name(
    tmp_path: Path, data: bytes, why: str
) -> None:
    for name in ("list.xlsx", "list.xls", "list.csv"):
        refused(text_file(tmp_path / name, data), why)


def test_an_archive_of_other_things_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as archive:
        archive.writestr("letter.txt", "Dear ...")
    refused(tmp_path / "list.xlsx", "an archive of other files")
    with zipfile.ZipFile(tmp_path / "letter.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("word/document.xml", "<x/>")
    refused(tmp_path / "letter.xlsx", "a text document")


def test_an_open_document_with_a_password_is_named(tmp_path: Path) -> None:
    path = open_document(tmp_path / "plain.ods", "")
    path = repacked(
        tmp_path / "list.ods", path,
        lambda name, data: data.replace(b"></manifest>", b"><encryption-data/></manifest>"),
    )  # fmt: skip
    refused(path, "password-protected")


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = text_file(tmp_path / "long.csv", b"name;city\n" + b"x" * (3 * MB))
    refused(path, "does not end")
    path = text_file(tmp_path / "wide.csv", b"name;city\n" + b"x;" * 20_000)
    refused(path, "more than")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"gone\.xlsx can not be opened"):
        contents(tmp_path / "gone.xlsx")
    with pytest.raises(Unreadable, match="can not be opened"):
        contents(tmp_path)


def test_a_name_is_shown_without_folders_and_signs(tmp_path: Path) -> None:
    path = text_file(tmp_path / "7", "")
    for name in ("../../etc/list.xlsx", "C:\\Users\\x\\list.xlsx", "li\x00st\n\u202e.xlsx"):
        with pytest.raises(Unreadable, match=r"^list\.xlsx is empty"):
            contents(path, name=name)


def test_many_small_parts_are_refused(tmp_path: Path, plain: Path) -> None:
    path = repacked(tmp_path / "many.xlsx", plain, lambda name, data: data)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"xl/media/{number}", b"")
    refused(path, "would unpack")


def test_limits_hold_for_content_of_many_parts(tmp_path: Path) -> None:
    rows = [["name", "city"], *[[f"Firm {n}", f"City {n}"] for n in range(2000)]]
    path = workbook(tmp_path / "list.xlsx", rows, rows)
    refused(path, "would unpack", limits=Limits(most_content=100_000))


def test_hostile_files_stay_within_300_mb(tmp_path: Path, plain: Path) -> None:
    def far(book: Any) -> None:
        book.worksheets[0]["XFD1048576"] = "x"

    cell = open_cell("x", 'table:number-columns-repeated="99999"')
    rows = f'<table:table-row table:number-rows-repeated="999">{cell}</table:table-row>'
    files = [
        with_part(tmp_path / "bomb.xlsx", plain, SHEET, b"<x>" + b" " * (200 * MB)),
        workbook(tmp_path / "far.xlsx", LIST, change=far),
        open_document(tmp_path / "many.ods", rows),
        text_file(tmp_path / "line.csv", b"x" * (200 * MB)),
        text_file(tmp_path / "quote.csv", b'a;b\n"' + b"x;y\n" * 300_000),
    ]
    # A process of its own: what a child takes is counted from what its parent had.
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from kartoteka.api import Unreadable\n"
        "from kartoteka_excel_import.reading.table import open_table\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        with open_table(Path(name)) as table:\n"
        "            for _ in table.chunks(): pass\n"
        "    except Unreadable: pass\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, files)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 300 * 1024
