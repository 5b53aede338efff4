"""Measure and print ratios: `make bench ARGS="--clients 1000000 --database sqlite"`.

Every figure is a ratio of two things measured in the same run: our page against the bare SQL
that fetches the same rows, and against stock Flask-AppBuilder views on the same base.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import text

from benchmarks import dispatch, exports, pages, startup, stock
from benchmarks.base import Place, places

#: Names of the peer's pages that show the same as ours.
PEER = {
    "list": "list", "sorted list": "sorted list", "filtered list": "filtered list",
    "last page": "far page", "REST list": "REST list", "search, Cyrillic": "search, Cyrillic",
}  # fmt: skip
WORD = "ромаш"


def main() -> int:
    """Run the benchmarks; return 1 when a bound does not hold."""
    options = _options()
    held = _small() if not options.pages_only else []
    folder = Path(options.folder).resolve()
    for place in places(folder, options.clients, options.database.split(",")):
        held += _pages(place, options.peer)
        held.append(_export(place))
    print()
    print("all bounds hold" if all(held) else f"{held.count(False)} bounds do not hold")
    return 0 if all(held) else 1


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--folder", default="build/bench", help="bases are kept here")
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    parser.add_argument("--pages-only", action="store_true")
    return parser.parse_args()


def _small() -> list[bool]:
    held: list[bool] = []
    print("hook dispatch")
    for name, ours, plain, bound in dispatch.measure():
        holds = ours <= bound * plain
        print(f"  {name:28} ours {ours:7.2f} µs   plain pluggy {plain:7.2f} µs   "
              f"ratio {ours / plain:4.1f}   bound {bound:.0f}  {_mark(holds)}")  # fmt: skip
        held.append(holds)
    seconds, views = startup.measure()
    print(f"start with {views} views and 5 plugins: {seconds:.2f} s   bound {startup.BOUND:.0f} s  "
          f"{_mark(seconds <= startup.BOUND)}")  # fmt: skip
    held.append(seconds <= startup.BOUND)
    return held


def _pages(place: Place, with_peer: bool) -> list[bool]:
    with place.made.engine.connect() as connection:
        counts = {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in ("client", "contact", "purchase")
        }
        industry = connection.scalar(text("SELECT industry FROM client ORDER BY id LIMIT 1"))
    print(f"\n{place.name}: " + ", ".join(f"{n:,} {name}s" for name, n in counts.items()))
    print(f"  {'page':20} {'ours':>8} {'bare SQL':>9} {'empty':>7} {'(ours)/(SQL+empty)':>19} "
          f"{'stock':>9} {'stock/ours':>11}")  # fmt: skip
    results = pages.measure(place, "/stage_setting/list/")
    peer = _peer(place, industry) if with_peer else SimpleNamespace(tuned={}, stock={})
    held: list[bool] = []
    for result in results:
        theirs = peer.tuned.get(PEER.get(result.name, ""))
        stock_ms = f"{theirs[0]:9.1f} {theirs[0] / result.ours:11.1f}" if theirs else ""
        print(f"  {result.name:20} {result.ours:8.1f} {result.floor:9.2f} {result.empty:7.1f} "
              f"{result.ratio:19.2f} {stock_ms}  {_mark(result.holds)}")  # fmt: skip
        held.append(result.holds)
        if theirs:
            held.append(result.ours <= theirs[0])
    if "contact list" in peer.stock:
        theirs = peer.stock["contact list"]
        ours = next(r for r in results if r.name == "contact list")
        print(f"  contact list as stock comes: {theirs[0]:,.0f} ms and {theirs[2] / 1e6:.0f} MB, "
              f"ours {ours.ours:.1f} ms: {theirs[0] / ours.ours:,.0f} times")  # fmt: skip
        held.append(theirs[0] >= 10 * ours.ours)
    slowest = pages.search_p95(place)
    print(f"  quick search, 200 different words and parts of phones: p95 {slowest:.1f} ms   "
          f"bound {pages.SEARCH_BOUND:.0f} ms  {_mark(slowest <= pages.SEARCH_BOUND)}")  # fmt: skip
    held.append(slowest <= pages.SEARCH_BOUND)
    return held


def _export(place: Place) -> bool:
    found = exports.measure(place)
    print(f"  {found.name}, {found.rows:,} rows: {found.ours:.1f} s   writer alone, ready rows "
          f"{found.floor:.1f} s   ratio {found.ratio:.2f}   bound {exports.BOUND}   peak "
          f"{found.megabytes:.0f} MB   bound {exports.MEMORY_BOUND:.0f}  "
          f"{_mark(found.holds)}")  # fmt: skip
    return found.holds


def _peer(place: Place, industry: str) -> Any:
    url = place.config.url
    return SimpleNamespace(
        tuned=stock.measure(url, True, industry, WORD),
        stock=stock.measure(url, False, industry, WORD),
    )


def _mark(holds: bool) -> str:
    return "ok" if holds else "TOO SLOW"


if __name__ == "__main__":
    sys.exit(main())
