"""Say which values of one record must agree: what begins does not end before."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement

from kartoteka.i18n import Text


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Values of one record that make sense only together.

    A record class names its own in `agreements`; `services.agreements` keeps them on every way.
    A check of one value alone is the `check` of its field.

    Args:
        fields: the values, in the order `holds` takes them; of those that were changed, the first
            is the one the sentence is shown at.
        holds: says whether the values agree; asked only when all of them are there.
        otherwise: the sentence for whoever typed them.
    """

    fields: Sequence[str]
    holds: Callable[..., bool]
    otherwise: Text

    def is_kept_by(self, values: Mapping[str, Any]) -> bool:
        """Say whether values agree; what is empty, or computed by the database, is not asked."""
        given = [values.get(name) for name in self.fields]
        if any(value is None or isinstance(value, ClauseElement) for value in given):
            return True
        return self.holds(*given)


def not_before(later: str, earlier: str, otherwise: Text) -> Agreement:
    """Return the agreement that one day, moment or number is not below another."""
    return Agreement(fields=(later, earlier), holds=operator.ge, otherwise=otherwise)


def broken(
    agreements: Sequence[Agreement], values: Mapping[str, Any], changed: set[str]
) -> Iterator[tuple[str, Text]]:
    """Yield the field to mend and the sentence of each agreement that a change breaks.

    Args:
        agreements: those of the record class.
        values: what the record holds, the change included.
        changed: the fields that were written; what nobody touched is not blamed on them.
    """
    for agreement in agreements:
        touched = [name for name in agreement.fields if name in changed]
        if touched and not agreement.is_kept_by(values):
            yield touched[0], agreement.otherwise


__all__ = ["Agreement", "broken", "not_before"]
