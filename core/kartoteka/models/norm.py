"""What staff changed about the numbers of a norm that a plugin declared."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Mapped

from kartoteka.fields.agreement import not_before
from kartoteka.fields.field import field
from kartoteka.fields.kinds import Choice, DecimalNumber, YesNo
from kartoteka.i18n import _
from kartoteka.models.catalog import norm_titles
from kartoteka.models.record import Record

BOUND = DecimalNumber(2, Decimal(0), Decimal(1_000_000))


class NormSetting(Record):
    """The numbers of one norm as staff want them; its meaning stays the plugin's."""

    __tablename__ = "norm_setting"
    agreements = (not_before("most", "least", _("At least can not be above at most.")),)

    norm: Mapped[str] = field(
        Choice(norm_titles), _("Norm"), required=True, listed=True, unique=True
    )
    least: Mapped[Decimal | None] = field(BOUND, _("At least"), listed=True)
    most: Mapped[Decimal | None] = field(BOUND, _("At most"), listed=True)
    is_off: Mapped[bool] = field(
        YesNo(), _("Not in force"), required=True, default=False, listed=True
    )


__all__ = ["BOUND", "NormSetting"]
