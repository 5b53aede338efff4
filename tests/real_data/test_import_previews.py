"""Lists that nobody here wrote: what an import would do with each, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kartoteka.api import Unreadable
from kartoteka.testing import Firm
from kartoteka_excel_import import plugin as excel_import
from kartoteka_excel_import.checking.preview import Preview
from tests.conftest import SALE
from tests.plugins.excel_import.checked import acting, previewed


@pytest.fixture
def importing(make: Callable[..., Firm]) -> Firm:
    return make(SALE, excel_import)


def seen(firm: Firm, path: Path, **how: object) -> Preview:
    with acting(firm, "manager1") as session:
        return previewed(session, path, **how)


@pytest.mark.parametrize("x", [1])
def test_all(importing: Firm, shared_data: Path, x: int) -> None:
    for folder in ("02-spreadsheets", "02-spreadsheets/csv-spectrum", "03-contact-lists"):
        for path in sorted((shared_data / folder).iterdir()):
            if path.is_dir() or path.suffix == ".json": continue
            try:
                found = seen(importing, path)
            except Unreadable as e:
                print("==", path.name, "UNREADABLE", e); continue
            print("==", path.name, dict(found.counts), "blank", found.blank, "totals", found.totals)
            for c in found.columns: print("    ", c.head[:30], "->", c.target or "-", c.confidence, c.why)
            for p in found.problems[:4]: print("      !", p.row, p.column, p.reason, p.is_rejection)
