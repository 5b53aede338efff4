"""How well does the matcher find duplicates in lists whose duplicates are known?

The sets are in the folder of real files beside the project (`08-dedupe`). Nothing of the matcher
was fitted to them: the same constants serve all.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from kartoteka.matching.comparing import Compared, Prepared, find_pairs, prepared, scores
from kartoteka.matching.names import text_words
from kartoteka.matching.scoring import ENOUGH

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "08-dedupe"
_SIDE_OF_STREET = frozenset(("n", "s", "e", "v", "north", "south", "east", "vest", "west"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How good the pairs that were found are.

    Args:
        least: the F1 that must be reached; 0 is only told.
    """

    name: str
    precision: float
    recall: float
    least: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def holds(self) -> bool:
        """Whether the bound is reached."""
        return self.f1 >= self.least


def measure(folder: Path = FOLDER) -> list[Quality]:
    """Return the quality on each set of the folder."""
    return [
        people(folder, with_number=True),
        people(folder, with_number=False),
        restaurants(folder),
        centres(folder),
        beers(folder),
    ]


def people(folder: Path, *, with_number: bool) -> Quality:
    """Compare 1,000 people: 500 and a spoilt copy of each; the record's number tells the truth."""
    rows = _rows(folder / "febrl" / "dataset1.csv")
    what = [
        ("person", ("given_name", "surname")),
        ("address", ("street_number", "address_1", "address_2", "suburb", "state")),
        ("zip", ("postcode",)),
        ("born", ("date_of_birth",)),
    ]
    if with_number:
        what.append(("external_id", ("soc_sec_id",)))
    truth = _clusters(row["rec_id"].split("-")[1] for row in rows)
    name = "febrl dataset1" + ("" if with_number else ", without the number of the person")
    return _within(name, rows, what, truth, 0.95)


def restaurants(folder: Path) -> Quality:
    """Compare labelled pairs of restaurants from two guides."""
    what = [("name", "name"), ("address", "addr"), ("city", "city"), ("phone", "phone")]
    return _labelled("Fodors-Zagats", folder / "fodors_zagats" / "pairs_train.txt", what, 0.95)


def beers(folder: Path) -> Quality:
    """Compare labelled pairs of beers: names of kinds within a brewery, not of clients."""
    what = [("name", "Beer_Name"), ("brewery", "Brew_Factory_Name"), ("style", "Style"),
            ("strength", "ABV")]  # fmt: skip
    return _labelled("beer", folder / "beer" / "train.txt", what, 0.0)


def centres(folder: Path) -> Quality:
    """Compare 3,337 day-care centres of ten lists.

    The file has no labels. Those its authors published number each centre by its house and its
    postal code, so that is the truth here; a row without a postal code gets the one that other
    rows of the same house in the same street have.
    """
    rows = _rows(folder / "early_childhood" / "messy_input.csv")
    what = [("name", ("Site name",)), ("address", ("Address",)), ("zip", ("Zip",)),
            ("phone", ("Phone",))]  # fmt: skip
    return _within("early childhood centres", rows, what, _clusters(_houses(rows)), 0.8)


def _houses(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, ...]]:
    houses: list[tuple[str, str]] = []
    codes: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        words = [word for word in text_words(row["Address"]) if word not in _SIDE_OF_STREET]
        named = [word for word in words[1:] if word not in ("st", "nd", "rd", "th")]
        house = (words[0], named[0][:5]) if words and words[0].isdigit() and named else ("", "")
        houses.append(house)
        if house[0] and row["Zip"]:
            codes[house][row["Zip"][:5]] += 1
    found: list[tuple[str, ...]] = []
    for row, house in zip(rows, houses, strict=True):
        known = codes[house].most_common(1)
        code = row["Zip"][:5] or (known[0][0] if known else "")
        found.append((house[0], code) if house[0] and code else (*house, row["Address"].lower()))
    return found


def _clusters(keys: Iterable[object]) -> set[tuple[int, int]]:
    members: defaultdict[object, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        members[key].append(place)
    return {pair for places in members.values() for pair in combinations(places, 2)}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = [name.strip() for name in next(reader)]
        return [dict(zip(header, map(str.strip, row), strict=False)) for row in reader]


def _within(
    name: str, rows: Sequence[Mapping[str, str]], what: Sequence[tuple[str, tuple[str, ...]]],
    truth: set[tuple[int, int]], least: float,
) -> Quality:  # fmt: skip
    columns = [Compared(label=label, code=label) for label, _columns in what]
    records = [
        prepared(columns, [" ".join(row[column] for column in names) for _label, names in what])
        for row in rows
    ]
    found = {(pair.left, pair.right) for pair in find_pairs(columns, records)}
    return _quality(name, found, truth, least)


def _labelled(
    name: str, path: Path, what: Sequence[tuple[str, str]], least: float
) -> Quality:  # fmt: skip
    columns = [Compared(label=label, code=label) for label, _name in what]
    lefts: list[Prepared] = []
    rights: list[Prepared] = []
    truth: set[int] = set()
    for place, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        left, right, label = line.split("\t")
        lefts.append(prepared(columns, _cells(left, what)))
        rights.append(prepared(columns, _cells(right, what)))
        if label == "1":
            truth.add(place)
    found = {place for place, one in enumerate(scores(columns, lefts, rights)) if one >= ENOUGH}
    return _quality(name, found, truth, least)


def _cells(text: str, what: Sequence[tuple[str, str]]) -> list[str]:
    cells = dict(re.findall(r"COL (\S+) VAL (.*?) ?(?=COL |$)", text))
    return [cells.get(name, "").strip(" '`") for _label, name in what]


def _quality(name: str, found: set[Any], truth: set[Any], least: float) -> Quality:
    right = len(found & truth)
    return Quality(
        name=name, precision=right / max(len(found), 1), recall=right / max(len(truth), 1),
        least=least,
    )  # fmt: skip
