"""What people are told of in the bell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kartoteka.i18n import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One notification as its text is made: in the language and with the rights of its reader.

    Args:
        record: what the record is called; empty when the reader does not see it (any more).
        by: the name of who did it; empty for the system.
        count: of how many records it tells.
        values: what was given to `notify()`.
    """

    record: str = ""
    by: str = ""
    count: int = 1
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotificationKind:
    """A kind of notification; each person chooses how to be told of it.

    Args:
        code: stable code; a plugin's begins with its name and `_`.
        title: as it stands in the settings: "A client was given to me".
        text: makes the sentence of one notification.
        icon: of Font Awesome.
        page: gives the address it leads to; without it, that of the record, for who may see it.
    """

    code: str
    title: Text
    text: Callable[[Notice], str]
    icon: str = "fa-bell"
    page: Callable[[Notice], str] | None = None
