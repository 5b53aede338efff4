"""What is known of a client, or of somebody who may be one, to compare it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kartoteka.matching.comparing import Compared, Prepared, prepared

_LABELS = ("name", "address", "site", "phone", "email", "tax_id", "external_id")
#: By what clients are compared, in the order of `Candidate.prepared`.
COLUMNS = [Compared(label=label, code=label) for label in _LABELS]


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A client of the base, or what a form, a call or a row of a file says of somebody.

    Args:
        phones, emails: normalised, as `ContactPoint.normalised` has them.
        client_id: the client itself, when it is in the base; it is not its own duplicate.
        owner_id: its responsible manager.
        further: what it has in the columns of plugins (hook `matchers`), as pairs of code and text.
    """

    name: str = ""
    address: str = ""
    site: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    tax_id: str = ""
    external_id: str = ""
    client_id: int | None = None
    owner_id: int | None = None
    further: tuple[tuple[str, str], ...] = ()

    def prepared(self, columns: Sequence[Compared] = ()) -> Prepared:
        """Return it ready to be compared, in the order of COLUMNS.

        Args:
            columns: all columns, where plugins add some behind COLUMNS.
        """
        cells = (self.name, self.address, self.site, ";".join(self.phones),
                 ";".join(self.emails), self.tax_id, self.external_id)  # fmt: skip
        more = dict(self.further)
        behind = [more.get(column.code, "") for column in columns[len(COLUMNS) :]]
        return prepared(columns or COLUMNS, (*cells, *behind))
