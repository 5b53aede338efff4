"""Show days, moments, amounts and numbers on our own pages as the reader is used to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from sqlalchemy.orm import Session

from kartoteka.fields.kinds import Reading, code_apart
from kartoteka.services import records
from kartoteka.services.region_block import Amount


@dataclass(frozen=True, slots=True)
class Shown:
    """Words for values, in the language and time zone of one reader; for templates."""

    reading: Reading

    @property
    def today(self) -> date:
        """The reader's day."""
        return datetime.now(self.reading.tz).date()

    def day(self, value: date | None) -> str:
        """Return a day; empty text for None."""
        return "" if value is None else format_date(value, "medium", locale=self.reading.babel)

    def clock(self, moment: datetime) -> str:
        """Return the hour alone."""
        return format_time(moment, "short", tzinfo=self.reading.tz, locale=self.reading.babel)

    def moment(self, moment: datetime) -> str:
        """Return a moment: the hour alone today, else the day and the hour."""
        day = moment.astimezone(self.reading.tz).date()
        if day == self.today:
            return self.clock(moment)
        skeleton = "MMMd" if day.year == self.today.year else "yMMMd"
        locale = self.reading.babel
        words = format_skeleton(skeleton, moment, tzinfo=self.reading.tz, locale=locale)
        return f"{words}, {self.clock(moment)}"

    def number(self, value: Decimal | int | None) -> str:
        """Return a number with the separators of the language."""
        if value is None:
            return ""
        return format_decimal(value, locale=self.reading.babel)

    def money(self, amount: Decimal | None, currency: str | None) -> str:
        """Return an amount with its currency; whole amounts without places."""
        if amount is None:
            return ""
        if not currency:
            return self.number(amount)
        if amount != amount.to_integral_value():
            return code_apart(format_currency(amount, currency, locale=self.reading.babel))
        pattern = self.reading.babel.currency_formats["standard"].pattern
        text = format_currency(
            amount, currency, pattern.replace(".00", ""), self.reading.babel, currency_digits=False
        )
        return code_apart(text)

    def country(self, code: str) -> str:
        """Return the name of a country by its ISO 3166-1 code."""
        return self.reading.babel.territories.get(code, code)

    def amounts(self, amounts: Sequence[Amount]) -> list[str]:
        """Return sums of money, one for each currency."""
        return [self.money(item.amount, item.currency) for item in amounts]


def shown_in(session: Session) -> Shown:
    """Return the words for the reader of a session."""
    reading: Reading = session.info.get("reading") or Reading()
    return Shown(reading)


def sees(session: Session, entity: str, field: str) -> bool:
    """Say whether a field exists for the reader: figures made of a hidden one are hidden too."""
    item = records.registry_of(session).entity(entity)
    return field in records.visible_fields(session, item)
