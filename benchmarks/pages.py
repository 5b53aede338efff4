"""Pages on a big base: ours against the bare SQL that fetches the same rows, and against a peer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text

from benchmarks.base import PASSWORD, Place, alternately, best
from kartoteka.db.search import INDEXED

#: A page may take this many times what the bare SQL and an empty page take together.
BOUND = 3.0
#: 95 of 100 quick searches answer within so many milliseconds beyond an empty page.
SEARCH_BOUND = 50.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """One page and the statements that fetch its rows."""

    name: str
    url: str
    floor: tuple[str, ...]


def cases(place: Place) -> list[Case]:
    """Return the pages measured. Values are taken from the base, so each finds something."""
    with place.made.engine.connect() as connection:
        one = connection.execute(
            text("SELECT id, name, industry FROM client ORDER BY id LIMIT 1 OFFSET 100")
        ).one()
        by_purchases = "SELECT id FROM client ORDER BY purchase_count DESC, id LIMIT 1 OFFSET "
        busiest, busy = (
            connection.execute(text(by_purchases + str(place.clients // part))).scalar_one()
            for part in (10**9, 20)
        )
    rows = "SELECT * FROM client"
    industry = str(one[2]).replace("'", "''")
    like = _search_floor(place)
    return [
        Case(
            name="list",
            url="/client/list/",
            floor=(f"{rows} ORDER BY name_key, id LIMIT 26", _count("")),
        ),
        Case(
            name="sorted list",
            url="/client/list/?sort=-purchase_total",
            floor=(f"{rows} ORDER BY purchase_total DESC, id DESC LIMIT 26", _count("")),
        ),
        Case(
            name="filtered list",
            url="/client/list/?" + urlencode({"f": f"industry:eq:{one[2]}"}),
            floor=(
                f"{rows} WHERE industry = '{industry}' ORDER BY name_key, id LIMIT 26",
                _count(f"WHERE industry = '{industry}'", 1001),
            ),
        ),
        Case(
            name="last page",
            url="/client/list/?last=1",
            floor=(f"{rows} ORDER BY name_key DESC, id DESC LIMIT 26", _count("")),
        ),
        Case(
            name="contact list",
            url="/contact/list/",
            floor=(
                "SELECT * FROM contact ORDER BY name_key, id LIMIT 26",
                "SELECT count(*) FROM (SELECT id FROM contact LIMIT 10001) AS counted",
            ),
        ),
        Case(name="client page", url=f"/client/show/{busy}", floor=_card(busy)),
        Case(name="busiest client page", url=f"/client/show/{busiest}", floor=_card(busiest)),
        Case(
            name="REST list",
            url="/api/v1/client/?size=25",
            floor=(f"{rows} ORDER BY name_key, id LIMIT 26", _count("")),
        ),
        Case(name="REST page 20,000", url="/api/v1/client/?size=25&page=20000", floor=(
            "SELECT c.* FROM client c JOIN (SELECT id FROM client ORDER BY name_key, id "
            "LIMIT 26 OFFSET 500000) k ON k.id = c.id", _count(""))),
        Case(name="search, Cyrillic", url="/search/suggest?q=ромаш", floor=like("ромаш")),
        Case(name="search, phone", url="/search/suggest?q=4951234", floor=like("4951234")),
    ]  # fmt: skip


def _count(where: str, most: int = 10_001) -> str:
    return f"SELECT count(*) FROM (SELECT id FROM client {where} LIMIT {most}) AS counted"


def _card(client_id: int) -> tuple[str, ...]:
    tables = ("employment", "contact_point", "deal", "purchase", "task", "contract", "dmu_member",
              "client_source", "client_competitor")  # fmt: skip
    return (
        f"SELECT * FROM client WHERE id = {client_id}",
        *(f"SELECT * FROM {name} WHERE client_id = {client_id} LIMIT 50" for name in tables),
        f"SELECT * FROM activity WHERE client_id = {client_id} ORDER BY happened_at DESC LIMIT 30",
        f"SELECT * FROM contact WHERE id IN (SELECT contact_id FROM employment "
        f"WHERE client_id = {client_id})",
        f"SELECT * FROM change WHERE entity = 'client' AND record_id = {client_id} LIMIT 50",
    )


def _search_floor(place: Place) -> Callable[[str], tuple[str, ...]]:
    def sqlite(term: str) -> tuple[str, ...]:
        grams = " AND ".join(f'"{term[i : i + 3]}"' for i in range(len(term) - 2))
        return tuple(
            f"SELECT t.* FROM {name}_search s JOIN {name} t ON t.id = s.rowid "
            f"WHERE {name}_search MATCH '{grams}' LIMIT 10"
            for name in INDEXED
        )

    def postgresql(term: str) -> tuple[str, ...]:
        return tuple(
            f"SELECT * FROM {name} WHERE search_text LIKE '%%{term}%%' LIMIT 10" for name in INDEXED
        )

    return sqlite if place.name == "sqlite" else postgresql


@dataclass(frozen=True, kw_only=True)
class Result:
    """Milliseconds of one page, of the bare SQL for its rows, of an empty page."""

    name: str
    ours: float
    floor: float
    empty: float
    status: int

    @property
    def ratio(self) -> float:
        """How many times the bare SQL and an empty page together."""
        return self.ours / (self.floor + self.empty)

    @property
    def holds(self) -> bool:
        """Say whether the page answered within the bound."""
        return self.status == 200 and self.ratio <= BOUND


def search_p95(place: Place, count: int = 100) -> float:
    """Return the 95th percentile of quick searches: parts of names and of phones in the base.

    Measured is what the box under the header asks, the whole answer, as the director, when the
    server has been up for a while: each word is asked three times, the quickest counts.
    """
    with place.made.engine.connect() as connection:
        step = max(1, (connection.scalar(text("SELECT max(id) FROM client")) or 1) // count)
        names = connection.scalars(
            text(f"SELECT name_key FROM client WHERE id % {step} = 1 LIMIT {count}")
        ).all()
        phones = connection.scalars(
            text(
                "SELECT normalised FROM contact_point WHERE kind IN ('phone', 'mobile') "
                f"AND normalised IS NOT NULL AND id % {step} = 1 LIMIT {count}"
            )
        ).all()
    words = [_part(name) for name in names] + [phone[3:10] for phone in phones]
    browser = place.app.test_client()
    browser.post("/login/", data={"username": "director", "password": PASSWORD})
    times = sorted(
        best(lambda word=word: browser.get("/search/suggest", query_string={"q": word}), 3)
        for word in words
    )
    return times[int(len(times) * 0.95)]


def _part(name: str) -> str:
    """Return a piece of the longest word of a name, in another letter case."""
    longest = max(name.replace("«", " ").replace("»", " ").split(), key=len)
    return longest[1:6].upper()


def measure(place: Place, empty_url: str) -> list[Result]:
    """Measure every case as the director, who sees all rows."""
    browser = place.app.test_client()
    answer = browser.post("/login/", data={"username": "director", "password": PASSWORD})
    if answer.status_code not in (200, 302):
        raise SystemExit(f"could not log in: {answer.status}")

    def page(url: str) -> Callable[[], Any]:
        def get() -> None:
            answer = browser.get(url)
            answer.get_data()

        return get

    def bare(statements: tuple[str, ...]) -> Callable[[], Any]:
        def run() -> None:
            with place.made.engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement).fetchall()

        return run

    found: list[Result] = []
    for case in cases(place):
        status = browser.get(case.url).status_code
        ours, floor, empty = alternately(page(case.url), bare(case.floor), page(empty_url))
        found.append(Result(name=case.name, ours=ours, floor=floor, empty=empty, status=status))
    return found
