"""Every refusal and every fault has its sentence, in the language of whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kartoteka.i18n import in_language
from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import, reading
from kartoteka_excel_import.reading.sentences import fault_in_words, why_not_read
from kartoteka_excel_import.reading.shapes import Fault
from kartoteka_excel_import.reading.table import OWN_READERS

SOURCES = sorted(Path(reading.__path__[0]).glob("*.py"))
VALUES: dict[str, str] = dict.fromkeys(
    ("sheet", "sheets", "row", "most", "encoding", "line", "delimiter", "why", "kind"), "7"
)


def codes(pattern: str) -> set[str]:
    return {
        code for path in SOURCES for code in re.findall(pattern, path.read_text(encoding="utf-8"))
    }


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    raised = codes(r'Refusal\(\s*"(\w+)"')
    assert len(raised) > 15
    damaged = why_not_read("damaged", "list.xlsx", {})
    said = {code: why_not_read(code, "list.xlsx", VALUES) for code in raised}
    assert [code for code, text in said.items() if text == damaged and code != "damaged"] == []
    assert all(
        "list.xlsx" in text or code in ("no_encoding", "delimiter") for code, text in said.items()
    )


def test_every_other_kind_of_file_is_named() -> None:
    unknown = why_not_read("other_kind", "x", {"kind": "?"})
    kinds = codes(r'kind="(\w+)"') | codes(r'\), "(\w+)"\),')
    assert {"pdf", "archive", "document", "vcard"} <= kinds
    assert [
        kind for kind in kinds if why_not_read("other_kind", "x", {"kind": kind}) == unknown
    ] == []


def test_every_fault_has_a_sentence_of_its_own() -> None:
    found = codes(r' code="(\w+)"') - {reader.code for reader in OWN_READERS}
    said = {fault_in_words(Fault(row=1, letter="A", code=code, text="x")) for code in found}
    assert len(said) == len(found) == 5


def test_a_value_that_a_reader_left_out_does_no_harm() -> None:
    assert "is damaged" in why_not_read("no_sheet", "list.xlsx", {})


@pytest.mark.parametrize(("language", "text"), [("ru", "защищён паролем"), ("bg", "с парола")])
def test_it_is_said_in_the_language_of_the_person(
    make: Callable[..., Firm], language: str, text: str
) -> None:
    with make(excel_import).app.app_context(), in_language(language):
        assert text in why_not_read("password", "list.xlsx", {})
