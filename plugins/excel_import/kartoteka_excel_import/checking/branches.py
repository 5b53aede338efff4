"""Does a row with the tax number of a client speak of another place of the same legal entity?

Libraries, shops and schools of one organisation share its number, and each is a client. Such a row
is held back: taken for the client it would be thrown away, or rename and move that client.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartoteka.api import gettext, normal_name
from kartoteka_excel_import.checking.base_clients import Meant
from kartoteka_excel_import.checking.client_keys import Keys, Said, is_branch


def branch_of_base(
    keys: Keys, name: str | None, client: int, known: Mapping[str, Any]
) -> Meant | None:
    """Return why a row is held back that has the tax number of a client of the base.

    Args:
        keys: what the row says.
        name: of the client, as the row has it.
        client, known: the client of the base, with the fields that the list fills.
    """
    said = keys.said
    theirs, address = known.get("name"), known.get("address")
    if not said.tax_id or known.get("tax_id") != said.tax_id or not theirs or not address:
        return None
    if (
        theirs == name
        or address == said.address
        or (said.external_id and known.get("external_id") == said.external_id)
    ):
        return None
    if not is_branch(said, Said("", said.tax_id, normal_name(theirs), address)):
        return None
    return Meant(
        held=gettext(
            "The client %(name)s has the same tax number, but another name and address: this may"
            " be a branch.",
            name=theirs,
        ),
        alike=(client,),
    )  # fmt: skip


def branch_of_row(row: int) -> Meant:
    """Return why a row is held back that has the tax number of an earlier row.

    Args:
        row: the earlier one; 0 where it is not known any more.
    """
    if not row:
        return Meant(
            held=gettext(
                "An earlier row has the same tax number, but another name and address: this may be"
                " a branch."
            )
        )
    return Meant(
        held=gettext(
            "Row %(row)s has the same tax number, but another name and address: this may be a"
            " branch.",
            row=row,
        )
    )  # fmt: skip


__all__ = ["branch_of_base", "branch_of_row"]
