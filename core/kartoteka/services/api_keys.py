"""Give programs their keys to the REST API, recognise them, take them back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from flask_appbuilder.security.sqla.models import ApiKey, User
from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.errors import Invalid
from kartoteka.i18n import gettext

PREFIX = "kart_"
MAX_NAME = 100
#: The moment of the last use is kept to the hour, so that reading does not write each time.
_USE_KEPT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyInfo:
    """An API key without its secret. Moments are those of the server's clock."""

    name: str
    username: str
    created_on: datetime | None
    expires_on: datetime | None
    last_used_on: datetime | None
    is_active: bool


def create_api_key(session: Session, username: str, name: str, days: int | None = None) -> str:
    """Make an API key with which a program works as a person; the caller commits.

    Args:
        session: of somebody who may manage accounts; the caller checks that.
        username: the person whose rights the program has.
        name: what the key is for; one person's keys have different names.
        days: after so many days the key ends; None for never.

    Returns:
        the key. It is shown this once: only its hash is kept.

    Raises:
        Invalid: no such active user, an empty, long or repeated name, days that are not above 0.
    """
    errors: dict[str, str] = {}
    user = session.scalar(select(User).where(User.username == username))
    if user is None or not user.is_active:
        errors["username"] = gettext("There is no active user %(name)r.", name=username)
    clean = name.strip()
    if not clean or len(clean) > MAX_NAME:
        errors["name"] = gettext("Give a name of at most %(most)s characters.", most=MAX_NAME)
    elif user is not None and any(key.is_active for key in _keys(session, user.id, clean)):
        errors["name"] = gettext("There is an API key %(name)r already.", name=clean)
    if days is not None and not 0 < days <= 36_500:
        errors["days"] = gettext("Days must be from 1 to 36500.")
    if errors or user is None:
        raise Invalid(errors)
    key = PREFIX + secrets.token_urlsafe(32)
    hashed = _hash(key)
    session.add(
        ApiKey(
            name=clean, user_id=user.id, key_prefix=PREFIX, key_hash=hashed, lookup_hash=hashed,
            active=True, created_on=datetime.now(),
            expires_on=None if days is None else datetime.now() + timedelta(days=days),
        )
    )  # fmt: skip
    session.flush()
    return key


def revoke_api_key(session: Session, username: str, name: str) -> int:
    """End the API keys of a name at once; return how many there were. The caller commits."""
    user_id = session.scalar(select(User.id).where(User.username == username))
    keys = [] if user_id is None else _keys(session, user_id, name.strip())
    ended = [key for key in keys if key.is_active]
    for key in ended:
        key.revoked_on = datetime.now()
        key.active = False
    session.flush()
    return len(ended)


def api_keys_of(session: Session, username: str | None = None) -> list[KeyInfo]:
    """Return the API keys of a person, or of everybody, newest first."""
    query = select(ApiKey, User.username).join(User, ApiKey.user_id == User.id)
    if username is not None:
        query = query.where(User.username == username)
    return [
        KeyInfo(
            name=key.name, username=owner, created_on=key.created_on, expires_on=key.expires_on,
            last_used_on=key.last_used_on, is_active=key.is_active,
        )
        for key, owner in session.execute(query.order_by(ApiKey.id.desc()))
    ]  # fmt: skip


def user_of(session: Session, key: str) -> User | None:
    """Return the person whose API key this is; None when it is not valid or the person left."""
    row = session.execute(
        select(ApiKey, User)
        .join(User, ApiKey.user_id == User.id)
        .where(ApiKey.lookup_hash == _hash(key))
    ).first()
    if row is None:
        return None
    found, user = row
    if not found.is_active or not user.is_active:
        return None
    if found.last_used_on is None or datetime.now() - found.last_used_on > _USE_KEPT:
        found.last_used_on = datetime.now()
        session.commit()
    return user


def _keys(session: Session, user_id: int, name: str) -> Sequence[ApiKey]:
    return session.scalars(
        select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.name == name)
    ).all()


def _hash(key: str) -> str:
    """A key is 256 random bits: one round of SHA-256 keeps it, a slow hash would add nothing."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
