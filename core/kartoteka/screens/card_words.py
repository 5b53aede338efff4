"""Write what only cards show: durations, phones that can be called, moments of a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_time, format_timedelta
from babel.units import format_unit

from kartoteka.fields.contact_values import show_phone
from kartoteka.i18n import gettext
from kartoteka.models import ContactPoint
from kartoteka.screens.shown import Shown
from kartoteka.services.timeline import Entry

_DIALLED = ("phone", "mobile", "fax")


@dataclass(frozen=True)
class Words(Shown):
    """Values in the language and time zone of one reader."""

    def moment(self, moment: datetime) -> str:
        """Return a moment; the days around this one by their word."""
        day = moment.astimezone(self.reading.tz).date()
        match (day - self.today).days:
            case 0:
                return gettext("today, %(time)s", time=self.clock(moment))
            case -1:
                return gettext("yesterday, %(time)s", time=self.clock(moment))
            case 1:
                return gettext("tomorrow, %(time)s", time=self.clock(moment))
            case _:
                return super().moment(moment)

    def when(self, entry: Entry) -> str:
        """Return when an entry of the timeline happened."""
        if entry.is_day:
            return self.day(entry.at.astimezone(UTC).date())
        return self.moment(entry.at)

    def span(self, seconds: float | None) -> str:
        """Return how long something took: `3 days`; nothing when it was less than a minute."""
        if seconds is None or seconds < 60:
            return ""
        return format_timedelta(
            timedelta(seconds=max(0, seconds)), threshold=1.4, locale=self.reading.babel
        )

    def days(self, count: int) -> str:
        """Return a number of days in words."""
        if count == 0:
            return gettext("since today")
        return format_timedelta(
            timedelta(days=abs(count)), granularity="day", threshold=10_000,
            locale=self.reading.babel,
        )  # fmt: skip

    def there(self, zone: str) -> str:
        """Return what the clock shows in another time zone, and how far it is from ours."""
        try:
            place = ZoneInfo(zone)
        except (ValueError, ZoneInfoNotFoundError, OSError):
            return ""  # typed by hand, or of another operating system
        moment = datetime.now(place)
        clock = format_time(moment, "short", tzinfo=place, locale=self.reading.babel)
        ours = moment.astimezone(self.reading.tz).utcoffset() or timedelta()
        hours = ((moment.utcoffset() or timedelta()) - ours) / timedelta(hours=1)
        if not hours:
            return clock
        apart = f"{'+' if hours > 0 else '−'}{abs(hours):g}"
        return gettext("%(clock)s (%(hours)s h from us)", clock=clock, hours=apart)

    def change(self, before: Decimal, after: Decimal) -> str:
        """Return how far a figure moved, in percent of what it was."""
        percent = round((after - before) / before * 100)
        sign = "+" if percent > 0 else "−" if percent < 0 else "±"
        return f"{sign}{self.number(abs(percent))} %"

    def size(self, count: int) -> str:
        """Return how large a file is."""
        unit, parts = ("megabyte", 2**20) if count >= 2**20 else ("kilobyte", 2**10)
        number = max(1, round(count / parts))
        return format_unit(number, f"digital-{unit}", "short", locale=self.reading.babel)

    def point(self, point: ContactPoint) -> str:
        """Return a phone as one reads it out, anything else as it was typed."""
        if point.kind in _DIALLED and point.normalised and point.is_valid:
            return show_phone(point.normalised)
        return point.value

    def link(self, point: ContactPoint) -> str:
        """Return the address that calls, writes or opens; empty for what can not be opened."""
        known = point.normalised or ""
        if not point.is_valid:
            return ""
        if point.kind in _DIALLED and known.startswith("+"):
            # Extensions are dialled after a pause, which is how phones read a comma.
            return "tel:" + known.replace(";ext=", ",")
        if point.kind == "email" and "@" in known:
            return f"mailto:{known}"
        if point.kind == "site" and known.startswith(("https://", "http://")):
            return known
        return ""
