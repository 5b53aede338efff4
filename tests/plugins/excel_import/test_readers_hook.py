"""Another plugin reads a further kind of files through this plugin's hook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kartoteka.api import PluginError, PluginInfo, hookimpl
from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.reading.kinds import readers_of
from kartoteka_excel_import.reading.shapes import Reader
from tests.plugins.excel_import.making import contents, text_file

VCARD_READER = '''
"""Read vCards: one row for each card."""

from kartoteka_excel_import.reading.book import Grid
from kartoteka_excel_import.reading.shapes import Sheet


def recognises(source):
    return source.head.lstrip().upper().startswith(b"BEGIN:VCARD")


def open_book(source, wish):
    return Cards(source.path)


class Cards:
    kind, encoding, delimiter, sheets = "vcard", "utf-8", "", (Sheet(name=""),)

    def __init__(self, path):
        self.path = path

    def grid(self, sheet):
        return Grid(rows=self.rows())

    def rows(self):
        yield ["Name", "Phone", "E-mail"]
        card = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            card[name.partition(";")[0].rpartition(".")[2].upper()] = value
            if line.upper().startswith("END:VCARD"):
                yield [card.get("FN", ""), card.get("TEL", ""), card.get("EMAIL", "")]
                card = {}
'''
VCARD = Reader(code="vcard", title="vCard", module="acme_vcard_reader")


def business(*readers: Any) -> Any:
    """Return a plugin that brings readers."""
    info = PluginInfo(
        name="acme_cards", title="Cards", version="1", requires_core=">=0.1,<1",
        requires=("excel_import",),
    )  # fmt: skip
    return SimpleNamespace(PLUGIN=info, readers=hookimpl(lambda: readers, specname="readers"))


@pytest.fixture
def with_vcards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Firm]) -> Firm:
    """A firm whose business plugin reads vCards."""
    (tmp_path / "acme_vcard_reader.py").write_text(VCARD_READER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return make(excel_import, business(VCARD))


def test_a_reader_of_another_plugin_is_asked_first(with_vcards: Firm, tmp_path: Path) -> None:
    readers = readers_of(with_vcards.made.registry)
    assert [reader.code for reader in readers] == ["vcard", "workbook", "csv"]
    cards = (
        "BEGIN:VCARD\nVERSION:3.0\nFN:Анна Иванова\nTEL;TYPE=CELL:+7 916 123-45-67\nEND:VCARD\n"
        "BEGIN:VCARD\nFN:Пётр\nitem1.EMAIL:p@x.ru\nEND:VCARD\n"
    )
    found = contents(text_file(tmp_path / "people.vcf", cards), readers=readers)
    assert found.layout.kind == "vcard"
    assert found.heads == ["Name", "Phone", "E-mail"]
    assert found.cells == [
        ("Анна Иванова", "+7 916 123-45-67", None), ("Пётр", None, "p@x.ru"),
    ]  # fmt: skip
    assert contents(text_file(tmp_path / "list.csv", "a;b\n1;2\n"), readers=readers).counts.rows


def test_vcards_of_other_programs_are_read(with_vcards: Firm, shared_data: Path) -> None:
    readers = readers_of(with_vcards.made.registry)
    folder = shared_data / "03-contact-lists" / "vcard"
    names = [contents(path, readers=readers).cells[0][0] for path in sorted(folder.iterdir())]
    assert len(names) == 3
    assert all(names)


def test_a_reader_that_is_none_stops_the_start(make: Callable[..., Firm]) -> None:
    with pytest.raises(PluginError, match=r"acme_cards.*must return Reader"):
        make(excel_import, business("vcard"))


def test_a_code_that_is_taken_stops_the_start(make: Callable[..., Firm]) -> None:
    taken = Reader(code="csv", title="csv", module="x")
    with pytest.raises(PluginError, match=r"acme_cards.*'csv' is there already"):
        make(excel_import, business(taken))
