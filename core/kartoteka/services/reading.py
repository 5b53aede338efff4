"""In which language and time zone does somebody read, when there is no request to tell."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kartoteka.config import Config
from kartoteka.fields.kinds import Reading
from kartoteka.models.people import Staff

#: Where the language alone says too little: 11/12/26 is read in two ways, 12 Nov 2026 in one.
FORMATS = {"en": "en_GB"}


def reading_for(config: Config, staff: Staff | None) -> Reading:
    """Return how a person reads; None: how the firm does."""
    language = (staff.language if staff else None) or config.language
    zone = (staff.time_zone if staff else None) or config.time_zone
    return Reading(
        locale=FORMATS.get(language, language), tz=ZoneInfo(zone), region=config.phone_region
    )
