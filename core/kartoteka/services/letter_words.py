"""Write a letter to one person of the staff: in their language, with what they may see now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from kartoteka.i18n import gettext, ngettext
from kartoteka.services.bell import Told

MOST_LINES = 50


def letter_of(
    told: Sequence[Told], *, letter_id: int, firm: str, sender: str, address: str, name: str,
    site: str, page: Callable[[Told], str],
) -> EmailMessage:  # fmt: skip
    """Return the letter that tells of notifications.

    Args:
        told: in the words of the reader, newest first.
        firm: what this Kartoteka is called.
        site: where it is opened; without it the letter has no links.
        page: gives the path a notification leads to; empty for none.
    """
    texts = [one.text for one in told] or [gettext("It concerned what you do not see any more.")]
    subject = texts[0] if len(told) == 1 else ngettext(
        "%(num)s notification", "%(num)s notifications", len(told)
    )  # fmt: skip
    lines = [gettext("Hello, %(name)s!", name=name), ""]
    for one in told[:MOST_LINES]:
        lines.append(f"• {one.text}")
        if site and (path := page(one)):
            lines.append(f"  {site}{path}")
    if len(told) > MOST_LINES:
        more = len(told) - MOST_LINES
        lines.append(gettext("and %(num)s more", num=more))
    if not told:
        lines += texts
    lines += ["", "-- ", firm]
    if site:
        lines.append(
            gettext("What you are told of: %(page)s", page=f"{site}/notifications/settings")
        )
    message = EmailMessage()
    # A line break in a name would begin a further head of the letter.
    message["Subject"] = " ".join(f"{firm}: {subject}".split())[:200]
    message["From"], message["To"] = sender, address
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(f"letter-{letter_id}", sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines) + "\n")
    return message


__all__ = ["letter_of"]
