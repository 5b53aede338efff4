"""What does the base say of a row: is its client there, or only one that is similar?

A client is known by its external id, its tax number, its phones and e-mails; a key says nothing
where another one contradicts it, and a phone nothing where the names differ. It is also known by
its name, when one client alone has the very same and nothing speaks against it. What is only
similar is not taken for it: such a row is held back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Candidate,
    KeyHolder,
    KnownNames,
    PossibleDuplicate,
    Staff,
    gettext,
    holders_of_keys,
    labels,
    normal_name,
    possible_duplicates,
    registry_of,
)
from kartoteka_excel_import.checking.client_keys import Keys, Said, candidate_of, contradicts
from kartoteka_excel_import.checking.drafts import Draft
from kartoteka_excel_import.checking.known_records import clients_of
from kartoteka_excel_import.checking.names import names_agree
from kartoteka_excel_import.checking.namesakes import Where, against, in_words, where_of

#: How many similar clients are kept of a row.
_MOST_ALIKE = 5
_PLACE = ("region_id", "address")


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """What the base says of a row.

    Args:
        client_id: the client it is.
        name, sure: of a client that is known by its name alone: how the base calls it, and how
            sure it is, 0 to 1.
        held: why the row is held back, when it is only similar to one.
        alike: clients the person sees that it may be, the surest first.
    """

    client_id: int | None = None
    name: str = ""
    sure: float = 0.0
    held: str = ""
    alike: tuple[int, ...] = ()

    @property
    def is_by_name(self) -> bool:
        """Whether nothing but the name says which client it is."""
        return bool(self.client_id and self.name)


_NOBODY = Meant()


class BaseClients:
    """Asks the base about the clients of one file.

    Args:
        session: of whoever imports.
        own: clients the import itself made before it was interrupted; they are no part of the base.
        trusts_names: whether an equal name may be enough.
    """

    def __init__(self, session: Session, own: Collection[int], *, trusts_names: bool) -> None:
        self._session = session
        self._own = own
        self._trusts_names = trusts_names
        self._names = KnownNames(session, without=own)
        self._owners: dict[int, str] | None = None
        fields = registry_of(session).fields("client")
        codes = ("tax_id", "external_id", "address", "region_id")
        self._titles = {code: str(fields[code].title) for code in codes if code in fields}

    @property
    def is_empty(self) -> bool:
        """Say whether there was no client when the file was begun."""
        return not self._names.total

    def look_up(self, draft: Draft, keys: Mapping[int, Keys]) -> dict[int, Meant]:
        """Ask about rows, all together; who is not named is not there."""
        if self.is_empty or not keys:
            return {}
        places = list(keys)
        candidates = [candidate_of(draft, place, keys[place]) for place in places]
        found: dict[int, Meant] = {}
        # Rows of one client are one question: asked more often its name would seem a common one.
        left: dict[tuple[Candidate, int | None], list[int]] = {}
        for at, holders in enumerate(holders_of_keys(self._session, candidates)):
            place = places[at]
            meant = self._chosen(keys[place], holders) if holders else _NOBODY
            if meant is not _NOBODY:
                found[place] = meant
            elif candidates[at].name and self._names.alike(candidates[at].name):
                region = draft.value("region_id", place)
                left.setdefault((candidates[at], region), []).append(place)
        asked = list(left)
        is_placed = any(name in draft.columns for name in _PLACE)
        for at, meant in self._similar(asked, is_placed).items():
            found.update(dict.fromkeys(left[asked[at]], meant))
        return found

    def _chosen(self, keys: Keys, holders: Sequence[KeyHolder]) -> Meant:
        said = keys.said
        fitting = [one for one in holders if not contradicts(said, _said_of(one))]
        by_id = [one for one in holders if said.external_id and one.external_id == said.external_id]
        by_tax = [one for one in fitting if said.tax_id and one.tax_id == said.tax_id]
        by_point = [one for one in fitting if names_agree(said.name, normal_name(one.name))]
        for level in (by_id, by_tax, by_point):
            same = [one for one in level if normal_name(one.name) == said.name] or level
            if len(same) == 1:
                (one,) = same
                return Meant(client_id=one.client_id) if one.is_seen else self._taken(one.owner_id)
            if same:
                seen = [one for one in same if one.is_seen]
                if not seen:
                    return self._taken(same[0].owner_id)
                return _several({one.client_id: one.name for one in seen})
        if not fitting:
            return _NOBODY
        one = next((one for one in fitting if one.is_seen), fitting[0])
        if not one.is_seen:
            return self._taken(one.owner_id)
        return Meant(
            held=gettext("The client %(name)s has this phone or e-mail too.", name=one.name),
            alike=tuple(one.client_id for one in fitting if one.is_seen)[:_MOST_ALIKE],
        )

    def _similar(
        self, asked: Sequence[tuple[Candidate, int | None]], is_placed: bool
    ) -> dict[int, Meant]:
        """Return by place who is similar to candidates, or has their very name."""
        if not asked:
            return {}
        by_place: dict[int, list[PossibleDuplicate]] = {}
        for one in possible_duplicates(
            self._session, [candidate for candidate, _region in asked], names=self._names,
            namesakes=True,
        ):  # fmt: skip
            if one.client_id not in self._own:
                by_place.setdefault(one.place, []).append(one)
        namesakes = {
            place: [one for one in some if one.is_namesake and one.client_id is not None]
            for place, some in by_place.items()
        }
        single = {some[0].client_id or 0 for some in namesakes.values() if len(some) == 1}
        where = clients_of(self._session, single, _PLACE) if single and is_placed else {}
        return {
            place: self._by_name(namesakes[place], *asked[place], where) or self._alike(some)
            for place, some in by_place.items()
        }

    def _by_name(
        self, namesakes: Sequence[PossibleDuplicate], candidate: Candidate, region: int | None,
        where: Mapping[int, Mapping[str, object]],
    ) -> Meant | None:  # fmt: skip
        """Return what clients of the very same name say of a row; None: there is none."""
        if not namesakes or (not self._trusts_names and len(namesakes) == 1):
            return None
        if len(namesakes) > 1:
            return _several({one.client_id or 0: one.name for one in namesakes})
        (one,) = namesakes
        number = one.client_id or 0
        differs = against(one, Where(region, candidate.address), where_of(where.get(number, {})))
        if not differs:
            return Meant(client_id=number, name=one.name, sure=one.score)
        return Meant(
            held=gettext(
                "The client %(name)s has the same name, but something else differs: %(what)s.",
                name=one.name, what=in_words(differs, self._titles),
            ),
            alike=(number,),
        )  # fmt: skip

    def _alike(self, found: Sequence[PossibleDuplicate]) -> Meant:
        first = found[0]
        if first.client_id is None:
            return self._taken(first.owner_id)
        return Meant(
            held=gettext("It may be the client %(name)s.", name=first.name),
            alike=tuple(one.client_id for one in found if one.client_id is not None)[:_MOST_ALIKE],
        )

    def _taken(self, owner_id: int | None) -> Meant:
        """Say who has such a client, of which nothing else may be told."""
        if owner_id is None:
            return Meant(held=gettext("Such a client is there already; nobody is responsible."))
        name = self._owner_name(owner_id)
        return Meant(
            held=gettext(
                "Somebody else has such a client: %(name)s is responsible for it.", name=name
            )
        )

    def _owner_name(self, owner_id: int) -> str:
        if self._owners is None:
            staff = set(self._session.scalars(select(Staff.id)))
            self._owners = labels(self._session, "ab_user", staff)
        return self._owners.get(owner_id) or f"№ {owner_id}"


def _several(names: Mapping[int, str]) -> Meant:
    told = ", ".join(sorted(names.values())[:_MOST_ALIKE])
    return Meant(
        held=gettext("It may be several clients: %(names)s.", names=told),
        alike=tuple(sorted(names))[:_MOST_ALIKE],
    )


def _said_of(holder: KeyHolder) -> Said:
    return Said(holder.external_id, holder.tax_id, "", "")


__all__ = ["BaseClients", "Meant"]
