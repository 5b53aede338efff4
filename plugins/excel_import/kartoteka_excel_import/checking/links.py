"""Find the records that texts of a list mean: regions, managers, sources, products …"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from kartoteka.api import RegionNames, links_meant
from kartoteka_excel_import.checking.columns import Column
from kartoteka_excel_import.reading.cells import cell_text
from kartoteka_excel_import.reading.shapes import Cell


class Links:
    """What texts mean; each is asked for once in a file, all of a column together."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ids: dict[str, dict[str, int]] = {}
        self._problems: dict[str, dict[str, str]] = {}
        self._regions: RegionNames | None = None

    def read(self, table: str, cells: Sequence[Cell]) -> Column:
        """Return the ids of the records that cells name, with a sentence where there is none."""
        ids = self._ids.setdefault(table, {})
        problems = self._problems.setdefault(table, {})
        texts = [None if cell is None else cell_text(cell) for cell in cells]
        new = {text for text in texts if text and text not in ids and text not in problems}
        if new:
            if table == "region" and self._regions is None:
                self._regions = RegionNames.of(self._session)
            found = links_meant(self._session, table, new, self._regions or RegionNames())
            ids.update(found.ids)
            problems.update(found.problems)
        errors = {
            place: problems[text] for place, text in enumerate(texts) if text and text in problems
        }
        return Column(values=[ids.get(text) if text else None for text in texts], errors=errors)


__all__ = ["Links"]
