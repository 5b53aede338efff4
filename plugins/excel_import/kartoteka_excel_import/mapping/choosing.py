"""Choose one target for each column, so that together they make the records of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kartoteka.api import Day
from kartoteka_excel_import.mapping.heads import is_same_word, parts_named, words_of
from kartoteka_excel_import.mapping.targets import Target

#: A column with less is not used unless a person says so.
SURE = 0.5
_AT_THE_SIDE = 0.85
_AGAINST = 0.4
_SURE_FIRM = 0.9
#: Heads that only people have.
_OF_PEOPLE = ("sex", "gender", "пол", "position", "job", "должность", "длъжност", "birthday",
              "birth", "рождения", "рожденден", "раждане")  # fmt: skip
_HOLDERS = ("client", "contact")
#: A site, an address, a remark are the firm's where there is one; these are whose name is near.
_OF_ONE = frozenset({"phone", "mobile", "email", "messenger"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A target that a column may fill.

    Args:
        score: 0 to 1.
        why: a sentence.
        is_piece: the column holds a part of the value.
        is_plain: the head does not say of which record it speaks.
    """

    code: str
    score: float
    why: str
    is_piece: bool = False
    is_plain: bool = False


def choose(
    targets: Mapping[str, Target],
    heads: Sequence[str],
    candidates: Sequence[Mapping[str, Candidate]],
) -> dict[int, Candidate]:
    """Return the target of each column that has one.

    Args:
        targets: by code.
        heads: of the columns.
        candidates: what each column may fill, by code.
    """
    named = _names(targets, heads, candidates)
    weighed = [
        {code: _in_its_list(one, targets[code], heads[place], place, named)
         for code, one in found.items()}
        for place, found in enumerate(candidates)
    ]  # fmt: skip
    for place, candidate in named.items():
        weighed[place] = {candidate.code: candidate}
    chosen = _dealt_out(targets, heads, weighed)
    return _whole(targets, heads, chosen, named)


def _names(
    targets: Mapping[str, Target],
    heads: Sequence[str],
    candidates: Sequence[Mapping[str, Candidate]],
) -> dict[int, Candidate]:
    """Return the columns with the names of clients and of people, which all others follow."""
    found: dict[int, Candidate] = {}
    shared = _shared_words(targets)
    firms: list[tuple[float, int]] = []
    people: list[tuple[float, int]] = []
    pieces: list[int] = []
    either: list[int] = []
    for place, options in enumerate(candidates):
        firm, person = options.get("client.name"), options.get("contact.name")
        rival = max((o.score for c, o in options.items() if not c.endswith(".name")), default=0.0)
        if firm and person and "".join(words_of(heads[place])) in shared:
            either.append(place)
        elif person and person.is_piece and person.score > max(rival, SURE):
            pieces.append(place)
        elif person and person.score > max(rival, SURE, firm.score if firm else 0):
            people.append((-person.score, place))
        elif firm and firm.score > max(rival, SURE):
            firms.append((-firm.score, place))
    is_of_people = bool(pieces) or any(
        is_same_word(word, one) for head in heads for word in words_of(head) for one in _OF_PEOPLE
    )
    is_firm_sure = any(-score >= _SURE_FIRM for score, _place in firms)
    if either and not people and len(pieces) < 2 and (is_firm_sure or is_of_people):
        people.append((0.0, either.pop(0)))
    elif either and not is_firm_sure:
        firms.append((-1.0, either.pop(0)))
    if firms:
        _score, place = min(firms)
        found[place] = candidates[place]["client.name"]
    if people:
        _score, place = min(people)
        found[place] = candidates[place]["contact.name"]
    elif pieces:
        found.update({place: candidates[place]["contact.name"] for place in pieces})
    return found


def _shared_words(targets: Mapping[str, Target]) -> set[str]:
    """Return the heads under which clients and people stand alike: name, име."""
    known = [
        {"".join(words_of(word)) for word in targets[code].words}
        for code in ("client.name", "contact.name")
        if code in targets
    ]
    return set.intersection(*known) if len(known) > 1 else set()


def _in_its_list(
    one: Candidate, target: Target, head: str, place: int, named: Mapping[int, Candidate]
) -> Candidate:
    """Weigh a target that both a client and a person have by the columns around it."""
    if target.name == "name" and target.part in _HOLDERS:
        return replace(one, score=0.0)  # decided already
    said = parts_named(words_of(head)) & set(_HOLDERS)
    if target.part not in _HOLDERS or target.part in said:
        return one
    wanted = _holder_at(place, named) if target.point in _OF_ONE else _main_holder(named)
    if said or (wanted and wanted != target.part):
        return replace(one, score=one.score * (_AGAINST if said else _AT_THE_SIDE))
    return one


def _main_holder(named: Mapping[int, Candidate]) -> str:
    codes = {one.code for one in named.values()}
    return "contact" if codes == {"contact.name"} else "client"


def _holder_at(place: int, named: Mapping[int, Candidate]) -> str:
    """Return whose phone stands in a column that does not say so.

    In a list of people it is theirs; in a list of firms that of the name before it.
    """
    places = sorted((at, one.code.partition(".")[0]) for at, one in named.items())
    if not places:
        return "client"
    if places[0][1] == "contact":
        return "contact"
    before = [part for at, part in places if at < place]
    return before[-1] if before else places[0][1]


def _dealt_out(
    targets: Mapping[str, Target],
    heads: Sequence[str],
    weighed: Sequence[Mapping[str, Candidate]],
) -> dict[int, Candidate]:
    """Give out the targets, the surest first; one that takes one column is given once."""
    offers = sorted(
        ((one.score, place, one) for place, found in enumerate(weighed) for one in found.values()),
        key=lambda offer: (-offer[0], offer[1]),
    )
    chosen: dict[int, Candidate] = {}
    taken: dict[str, tuple[int, Candidate]] = {}
    for score, place, one in offers:
        if score < SURE or place in chosen:
            continue
        other = taken.get(one.code)
        if other is not None and not _goes_with(place, one, *other, targets[one.code], heads):
            continue
        chosen[place] = one
        taken.setdefault(one.code, (place, one))
    return chosen


def _goes_with(
    place: int, one: Candidate, first_place: int, first: Candidate, target: Target,
    heads: Sequence[str],
) -> bool:  # fmt: skip
    """Say whether a further column may fill a target: street and city, not two addresses."""
    if not target.takes_many or target.point:
        return target.takes_many
    is_remark = target.joins == "\n"
    is_part = one.is_piece or first.is_piece
    return is_remark or is_part or words_of(heads[place]) == words_of(heads[first_place])


def _whole(
    targets: Mapping[str, Target], heads: Sequence[str], chosen: dict[int, Candidate],
    named: Mapping[int, Candidate],
) -> dict[int, Candidate]:  # fmt: skip
    """Leave out what would make records that lack what every one must have."""
    codes = {one.code for one in chosen.values()}
    out: set[str] = set()
    if "client.name" not in codes and "contact.name" in codes:
        is_key = any(
            one.score >= 0.9 and targets[one.code].name in {"tax_id", "external_id"}
            for one in chosen.values()
        )
        if not is_key:
            out |= {"client", "client_source", "employment", "deal", "purchase", "dmu_member"}
    if "contact.name" not in codes:
        out |= {"employment", "dmu_member"}
        if not any(parts_named(words_of(head)) & {"contact"} for head in heads):
            out.add("contact")
    for part in ("deal", "purchase", "dmu_member"):
        if not _is_meant(part, targets, heads, chosen):
            out.add(part)
    return {place: one for place, one in chosen.items() if targets[one.code].part not in out}


def _is_meant(
    part: str, targets: Mapping[str, Target], heads: Sequence[str], chosen: Mapping[int, Candidate]
) -> bool:
    """Say whether the columns of a part make a whole record, and speak of it.

    A day that a form fills with today's is not today's in a list: without it no record is made.
    """
    mine = {place: one for place, one in chosen.items() if targets[one.code].part == part}
    codes = {one.code for one in mine.values()}
    required = {
        code
        for code, target in targets.items()
        if target.part == part and target.field is not None and target.field.required
        and (target.field.default is None or isinstance(target.field.kind, Day))
        and not target.field.readonly
    }  # fmt: skip
    if not mine or required - codes:
        return False
    speaks = any(part in parts_named(words_of(heads[place])) for place in mine)
    return speaks or sum(1 for one in mine.values() if one.score >= 0.9) > 1


__all__ = ["SURE", "Candidate", "choose"]
