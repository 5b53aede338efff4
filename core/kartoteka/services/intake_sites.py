"""Know the web sites that may send requests: their keys, and the pages their forms stand on."""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.models.intake import IntakeSite

PREFIX = "site_"
_SHOWN = len(PREFIX) + 6


def new_key(session: Session, site: IntakeSite) -> str:
    """Give a site a new key, and return it; the old one is worth nothing from then on.

    It is shown this once: only its hash is kept. The caller commits.
    """
    key = PREFIX + secrets.token_urlsafe(24)
    site.key_hash, site.key_start = _hash(key), key[:_SHOWN]
    session.flush()
    return key


def site_of_key(session: Session, key: str, *, lock: bool = True) -> IntakeSite | None:
    """Return the site that is in use with this key.

    Args:
        lock: until the transaction is over. Requests of one site are taken one after the other, so
            that of two equal ones not both can be the first.
    """
    if not key.startswith(PREFIX) or len(key) > 100:
        return None
    asked = select(IntakeSite).where(IntakeSite.key_hash == _hash(key))
    found = session.scalar(asked.with_for_update() if lock else asked)
    return found if found is not None and found.is_active else None


def origins_of(site: IntakeSite) -> frozenset[str]:
    """Return the origins whose scripts may send to a site, as browsers name them."""
    return frozenset(
        origin for line in re.split(r"[\s,;]+", site.origins or "") if (origin := _origin(line))
    )


def _origin(text: str) -> str:
    """`HTTPS://Shop.example/contacts` is the origin `https://shop.example`."""
    parts = urlsplit(text if "://" in text else f"https://{text}") if text else urlsplit("")
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""


def _hash(key: str) -> str:
    """A key is 192 random bits: one round of SHA-256 keeps it."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


__all__ = ["new_key", "origins_of", "site_of_key"]
