"""How sure is it that two records mean one client?

Every column that both records fill in speaks for or against. What speaks for is as strong as it is
rare (rarity.py): 1 is enough to take two records for one.

    key equal       speaks_for × rarity of the key
    key different   − speaks_against
    text            (1 − c) × (1 − m / 2) × min(shared, 1) × speaks_for  −  c × speaks_against

`shared` is the sum of rarities of the words both have. `c` is the part that contradicts: what each
has and the other has not, the smaller of both, beside what is shared. `m` is the part that is
missing in one of them. In a name numbers that differ («№5», «№7») contradict in full.

When name and address both contradict, the records may be two places of one firm, which have its tax
number, phone and site in common: of such keys only the strongest counts.

The sum e of all columns becomes a score 1 / (1 + exp(4 − 4 e)): 0.5 when e is 1. After Fellegi and
Sunter (1969), with the weights by frequency of Winkler (1989), in units of what the number of
records demands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from rapidfuzz.distance import OSA

from kartoteka.matching.rarity import Rarity
from kartoteka.matching.values import Kind, Value
from kartoteka.matching.words import overlap

#: Pairs with this score and above are taken for one client.
ENOUGH = 0.5
_STEEPNESS = 4.0
KEYS_OF_A_FIRM = frozenset(("phone", "email", "site", "tax_id", "external_id"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column by which records are compared, and how rare its values are."""

    label: str
    kind: Kind
    rarity: Rarity


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is said about two records: how sure, and which columns are how alike in them."""

    score: float
    same: tuple[str, ...]
    similar: tuple[str, ...]
    different: tuple[str, ...]


def is_possible(
    columns: Sequence[Column], left: Sequence[Value], right: Sequence[Value], least: float
) -> bool:
    """Say whether two records can reach a score: looks at keys only, so it is quick."""
    most = 0.0
    for column, mine, theirs in zip(columns, left, right, strict=True):
        if mine and theirs:
            if column.kind.is_text:
                most += column.kind.speaks_for
            else:
                most += _of_keys(column, mine, theirs)
    return score_of(most) >= least


def verdict(columns: Sequence[Column], left: Sequence[Value], right: Sequence[Value]) -> Verdict:
    """Compare two records.

    Args:
        columns: what is compared.
        left, right: the values of the records, in the order of the columns.
    """
    evidence = 0.0
    keys: list[float] = []
    contradicted: set[str] = set()
    same: list[str] = []
    similar: list[str] = []
    different: list[str] = []
    for column, mine, theirs in zip(columns, left, right, strict=True):
        if not (mine and theirs):
            continue
        says = spoken(column, mine, theirs)
        evidence += says
        if column.kind.code in KEYS_OF_A_FIRM and says > 0:
            keys.append(says)
        elif column.kind.is_text and says < 0:
            contradicted.add(column.kind.code)
        if set(mine) == set(theirs) or (not column.kind.is_text and says > 0):
            same.append(column.label)
        elif says > 0:
            similar.append(column.label)
        elif says < 0:
            different.append(column.label)
    if len(keys) > 1 and "address" in contradicted and contradicted & {"name", "person"}:
        evidence -= sum(keys) - max(keys)
    return Verdict(
        score=score_of(evidence),
        same=tuple(same), similar=tuple(similar), different=tuple(different),
    )  # fmt: skip


def score_of(evidence: float) -> float:
    """Return the score of what all columns say together, 0 to 1."""
    return 1 / (1 + exp(min(_STEEPNESS * (1 - evidence), 700)))


def spoken(column: Column, left: Value, right: Value) -> float:
    """Return what two values of a column say: above 0 for one client, below 0 against."""
    kind = column.kind
    if not kind.is_text:
        return _of_keys(column, left, right)
    found = overlap(left, right, column.rarity)
    against = min(found.only_left, found.only_right)
    missing = abs(found.only_left - found.only_right)
    whole = found.shared + against
    if not whole:
        return 0.0
    # №5 is not №7, however often both occur.
    contradicts = 1.0 if found.numbers_differ and kind.code == "name" else against / whole
    incomplete = missing / (whole + missing)
    says_for = min(found.shared, 1.0) * kind.speaks_for * (1 - incomplete / 2)
    return (1 - contradicts) * says_for - contradicts * kind.speaks_against


def _of_keys(column: Column, left: Value, right: Value) -> float:
    kind = column.kind
    same = set(left) & set(right)
    if same:
        return kind.speaks_for * max(map(column.rarity, same))
    if any(_nearly(mine, theirs) for mine in left for theirs in right):
        return 0.0
    return -kind.speaks_against


def _nearly(left: str, right: str) -> bool:
    """Say whether one may be the other with a typing slip, or without its area code."""
    short, long = sorted((left, right), key=len)
    if len(short) < 6:
        return False
    return long.endswith(short) or OSA.distance(short, long, score_cutoff=1) <= 1
