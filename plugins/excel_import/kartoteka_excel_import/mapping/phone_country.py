"""Is the country right that is chosen for the phones of a list that have no country code?"""

from __future__ import annotations

from itertools import islice

from sqlalchemy.orm import Session

from kartoteka.api import Reading, gettext
from kartoteka_excel_import.mapping.contents import PHONES, better_region
from kartoteka_excel_import.mapping.plan import Plan
from kartoteka_excel_import.reading.cells import cell_text, column_of
from kartoteka_excel_import.reading.shapes import Chunk

_LOOKED_AT = 200


def other_region(session: Session, plan: Plan, chunk: Chunk) -> str:
    """Return the country whose phones stand in a list, when most do not fit the chosen one.

    Args:
        plan: which columns hold phones, and which country is chosen.
        chunk: the first rows.
    """
    reading: Reading = session.info.get("reading") or Reading()
    texts: list[str] = []
    for column in plan.columns:
        place = column_of(column.letter)
        if column.target.partition(".")[2] in PHONES and place < len(chunk.columns):
            cells = (cell_text(cell) for cell in chunk.columns[place] if cell is not None)
            texts += islice(cells, _LOOKED_AT)
    return better_region(texts, plan.region or reading.region)


def country(session: Session, region: str) -> str:
    """Return how a country is called in the language of the person."""
    reading: Reading = session.info.get("reading") or Reading()
    return str(reading.babel.territories.get(region, region))


def hint(session: Session, region: str, chosen: str) -> str:
    """Say that the phones of a list fit another country than the chosen one.

    Args:
        region: the country they fit.
        chosen: the other one; empty: that of the firm.
    """
    reading: Reading = session.info.get("reading") or Reading()
    return gettext(
        "Most phones do not fit the chosen country (%(chosen)s), but they fit another one:"
        " %(country)s.",
        chosen=country(session, chosen or reading.region), country=country(session, region),
    )  # fmt: skip


__all__ = ["country", "hint", "other_region"]
