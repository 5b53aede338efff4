"""Which clients of the base may a form, a call or the rows of a file mean?

The whole base is asked, whoever asks: a client that belongs to somebody else is a client all the
same. Of one the person may not see it is only told that there is one with the same name, phone or
other key, and who is responsible for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.orm import Session

from kartoteka.access.scope import connection_of
from kartoteka.matching import further
from kartoteka.matching.candidate import Candidate
from kartoteka.matching.candidates import Holders, Keys
from kartoteka.matching.client_cards import cards_by_search, cards_of
from kartoteka.matching.client_keys import ids_by_keys
from kartoteka.matching.comparing import Compared, Prepared
from kartoteka.matching.known_names import KnownNames
from kartoteka.matching.names import normal_name
from kartoteka.matching.rarity import Rarity
from kartoteka.matching.scoring import ENOUGH, KEYS_OF_A_FIRM, Column, verdict
from kartoteka.matching.values import KINDS, read
from kartoteka.merging.decisions import told_apart
from kartoteka.models.client import Client
from kartoteka.services.records import registry_of, visible_fields

#: So many candidates are looked up in the search index; for more all names are gone through.
FEW = 3
_CHUNK = 500
#: What a candidate says of fields of a client.
_FIELDS = {"address": "address", "site": "website", "tax_id": "tax_id",
           "external_id": "external_id"}  # fmt: skip
_NAME = KINDS["name"]
_client: Table = Client.__table__  # pyright: ignore[reportAssignmentType]


@dataclass(frozen=True, kw_only=True, slots=True)
class PossibleDuplicate:
    """A client of the base that a candidate may be.

    Args:
        place: of the candidate among those that were asked about.
        client_id, name: None and empty when the person may not see the client.
        owner_id: the responsible manager, told also of clients the person may not see.
        score: how sure it is, 0 to 1.
        same, similar, different: what both have, by the codes of matching/values.py; only `same`
            is told of a client the person may not see.
        is_namesake: it has the very same name as the matcher reads names, in the same order.
    """

    place: int
    client_id: int | None
    name: str
    owner_id: int | None
    score: float
    same: tuple[str, ...]
    similar: tuple[str, ...]
    different: tuple[str, ...]
    is_namesake: bool = False


def possible_duplicates(
    session: Session,
    candidates: Sequence[Candidate],
    *,
    least: float = ENOUGH,
    names: KnownNames | None = None,
    namesakes: bool = False,
) -> list[PossibleDuplicate]:
    """Return the clients that candidates may be, the surest first for each.

    One with an equal tax number, phone, e-mail or external id is named whatever its score. What
    is hidden from the person is not compared: its values could be guessed by asking. Pairs that
    somebody told apart are left out. Three statements for a form; for many rows one that goes
    through all names, and three for each 500 of keys and of clients found; two more for each
    column of a plugin.

    Args:
        candidates: of one form, or the rows of a file.
        least: the least score of clients that share no key.
        names: of the base, for who asks about one part of a list after the other.
        namesakes: also return clients the person sees that have the very same name, whatever else
            speaks against them.
    """
    connection = connection_of(session)
    candidates = without_hidden(session, candidates)
    matchers = further.matchers_of(session)
    columns = further.columns_with(matchers)
    keys = KEYS_OF_A_FIRM | {one.code for one in matchers if one.is_key}
    records = [candidate.prepared(columns) for candidate in candidates]
    by_further = further.ids_by_further(session, candidates, matchers)
    is_list = names is not None and names.is_kept
    if len(candidates) <= FEW and not is_list:
        total, words, cards = cards_by_search(connection, candidates)
        cards |= cards_of(connection, sorted(set[int]().union(*by_further) - set(cards)))
        meant = [list(cards)] * len(candidates)
    else:
        if names is not None and names.is_kept:
            total, words = names.total, names.words
            meant = _by_known_names(connection, candidates, records, names)
        else:
            total, words, meant = _go_through_names(connection, candidates, records)
        meant = [
            list(dict.fromkeys([*found, *sorted(more)]))
            for found, more in zip(meant, by_further, strict=True)
        ]
        cards = cards_of(connection, sorted({number for ids in meant for number in ids}))
    cards = further.with_further(session, cards, matchers)
    own = {one.client_id for one in candidates if one.client_id in cards}
    own_names = [card.name for number, card in cards.items() if number in own]
    words = words - Counter(word for name in own_names for word in read(_NAME, name))
    others = [card for number, card in cards.items() if number not in own]
    weighed = _weighed(columns, total - len(own), words, others, records)
    known = {number: card.prepared(columns) for number, card in cards.items()}
    apart = told_apart(session, [one.client_id for one in candidates if one.client_id])
    found: list[PossibleDuplicate] = []
    for place, (candidate, record) in enumerate(zip(candidates, records, strict=True)):
        mine = [
            _compared(place, candidate, cards[number], weighed, record, known[number])
            for number in meant[place]
            if number in cards
            and number != candidate.client_id
            and number not in apart.get(candidate.client_id or 0, ())
        ]
        mine = [
            one for one in mine
            if one.score >= least or keys & set(one.same) or (namesakes and one.is_namesake)
        ]  # fmt: skip
        found += sorted(mine, key=lambda one: (-one.score, one.client_id))
    seen = _as_seen(session, found)
    if not namesakes:
        return seen
    return [
        one for one in seen
        if one.client_id is not None or one.score >= least or keys & set(one.same)
    ]  # fmt: skip


def without_hidden(session: Session, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates without the values of fields that are hidden from the person."""
    entity = registry_of(session).entity
    clients, points = (
        visible_fields(session, entity(code)) for code in ("client", "contact_point")
    )
    hidden: dict[str, Any] = {
        column: "" for column, field in _FIELDS.items() if field not in clients
    }
    if "value" not in points:
        hidden |= {"phones": (), "emails": ()}
    return [replace(one, **hidden) for one in candidates]


def _go_through_names(
    connection: Connection, candidates: Sequence[Candidate], records: Sequence[Prepared]
) -> tuple[int, Counter[str], list[list[int]]]:
    """Return how many clients there are, their words and whom each candidate may mean."""
    keys = Keys([_NAME])
    wanted = [keys.of((record[0],)) for record in records]
    holders = Holders([_NAME], {key for found in wanted for key in found})
    words: Counter[str] = Counter()
    total = 0
    rows = connection.execution_options(yield_per=10_000).execute(
        select(_client.c.id, _client.c.name)
    )
    for part in rows.partitions():
        values = [(number, read(_NAME, name or "")) for number, name in part]
        total += len(values)
        for number, value in values:
            words.update(value)
            holders.add(number, (value,))
    by_keys = ids_by_keys(connection, candidates)
    return total, words, [
        list(dict.fromkeys([*by_keys[place], *holders.candidates(found)]))
        for place, found in enumerate(wanted)
    ]  # fmt: skip


def _by_known_names(
    connection: Connection, candidates: Sequence[Candidate], records: Sequence[Prepared],
    names: KnownNames,
) -> list[list[int]]:  # fmt: skip
    by_keys = ids_by_keys(connection, candidates)
    return [
        list(dict.fromkeys([*by_keys[place], *names.candidates(record[0])]))
        for place, record in enumerate(records)
    ]


def _weighed(
    columns: Sequence[Compared], total: int, words: Counter[str], cards: Iterable[Candidate],
    records: Sequence[Prepared],
) -> list[Column]:  # fmt: skip
    """Return the columns with the rarity of their values in the base and among the candidates."""
    counts: list[Counter[str]] = [Counter(words), *(Counter[str]() for _column in columns[1:])]
    known: list[Prepared] = [card.prepared(columns) for card in cards]
    records = list(dict.fromkeys(records))  # ten people of one firm do not make its name common
    for place, count in enumerate(counts):
        for record in records:
            count.update(record[place])
        if place:
            for record in known:
                count.update(record[place])
    return [
        Column(label=column.label, kind=column.kind, rarity=Rarity(total + len(records), count))
        for column, count in zip(columns, counts, strict=True)
    ]


def _compared(
    place: int, candidate: Candidate, card: Candidate, weighed: Sequence[Column],
    mine: Prepared, theirs: Prepared,
) -> PossibleDuplicate:  # fmt: skip
    found = verdict(weighed, mine, theirs)
    # Words of a name are kept once each, so equal words do not yet make equal names.
    is_namesake = mine[0] == theirs[0] != () and (
        normal_name(candidate.name) == normal_name(card.name)
    )
    return PossibleDuplicate(
        place=place, client_id=card.client_id, name=card.name, owner_id=card.owner_id,
        score=found.score, same=found.same, similar=found.similar, different=found.different,
        is_namesake=is_namesake,
    )  # fmt: skip


def _as_seen(session: Session, found: list[PossibleDuplicate]) -> list[PossibleDuplicate]:
    """Close what the person may not see: which client it is, and what of it is like what."""
    ids = sorted({one.client_id for one in found if one.client_id is not None})
    seen: set[int] = set()
    for start in range(0, len(ids), _CHUNK):
        seen.update(
            session.scalars(select(Client.id).where(Client.id.in_(ids[start : start + _CHUNK])))
        )
    return [
        one if one.client_id in seen else _closed(one)
        for one in found
        if one.client_id in seen or one.same
    ]


def _closed(one: PossibleDuplicate) -> PossibleDuplicate:
    return replace(one, client_id=None, name="", similar=(), different=())
