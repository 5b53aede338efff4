"""What is known of a client, or of somebody who may be one, to compare it."""

from __future__ import annotations

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

    def prepared(self) -> Prepared:
        """Return it ready to be compared, in the order of COLUMNS."""
        cells = (self.name, self.address, self.site, ";".join(self.phones),
                 ";".join(self.emails), self.tax_id, self.external_id)  # fmt: skip
        return prepared(COLUMNS, cells)
