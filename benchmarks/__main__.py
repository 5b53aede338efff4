"""Measure and print ratios: `make bench ARGS="--clients 1000000 --database sqlite --only export"`.

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

from benchmarks import (
    board,
    colors,
    dispatch,
    exports,
    import_peers,
    imports,
    ledger,
    many_rows,
    matching,
    new_rows,
    pages,
    startup,
    stock,
    views,
)
from benchmarks.base import Place, places

#: Names of the peer's pages that show the same as ours.
PEER = {
    "list": "list", "sorted list": "sorted list", "filtered list": "filtered list",
    "last page": "far page", "REST list": "REST list", "search, Cyrillic": "search, Cyrillic",
}  # fmt: skip
WORD = "ромаш"


#: What is measured, in this order.
PARTS = ("small", "matching", "pages", "views", "board", "export", "duplicates", "colors",
         "many", "imports")  # fmt: skip
#: New records are written into a base of so many clients.
BASE_OF_MANY = 20_000


def main() -> int:
    """Run the benchmarks; return 1 when a bound does not hold."""
    options = _options()
    parts, databases = options.only.split(","), options.database.split(",")
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"There is no part {sorted(unknown)[0]!r}. Choose of: {','.join(PARTS)}.")
    held = _small() if "small" in parts else []
    if "matching" in parts:
        held += _matching()
    folder = Path(options.folder).resolve()
    if set(parts) & {"pages", "views", "board", "export", "duplicates"}:
        for place in places(folder, options.clients, databases):
            held += _of_base(place, parts, options.peer)
    if "colors" in parts:
        number = options.color_clients or options.clients
        for place in places(folder, number, databases, "colors", colors.PLUGINS):
            ledger.lengthen(place, options.purchases)
            held += _colors(place)
    if "many" in parts:
        held += [_many(place) for place in places(folder, BASE_OF_MANY, databases, "many")]
    if "imports" in parts:
        for place in places(folder, 0, databases, "imports", imports.PLUGINS):
            held += _imports(place, options.rows, options.peer, options.floor)
    print()
    print("all bounds hold" if all(held) else f"{held.count(False)} bounds do not hold")
    return 0 if all(held) else 1


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--color-clients", type=int, help="in the base with colours; as --clients")
    parser.add_argument("--purchases", type=int, default=0, help="in that base, at the least")
    parser.add_argument(
        "--rows", type=int, default=imports.ROWS, help="of the list to import, up to 1048575"
    )
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--folder", default="build/bench", help="bases are kept here")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between them")
    parser.add_argument("--no-peer", dest="peer", action="store_false")
    parser.add_argument(
        "--no-floor", dest="floor", action="store_false", help="import the list, and no more"
    )
    return parser.parse_args()


def _of_base(place: Place, parts: list[str], with_peer: bool) -> list[bool]:
    _say_size(place)
    held: list[bool] = []
    if "pages" in parts:
        held += _pages(place, with_peer)
    if "views" in parts:
        held += _views(place)
    if "board" in parts:
        held.append(_board(place))
    if "export" in parts:
        held.append(_export(place))
    if "duplicates" in parts:
        held.append(_new_rows(place))
    return held


def _say_size(place: Place) -> None:
    with place.made.engine.connect() as connection:
        counts = {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in ("client", "contact", "purchase")
        }
    print(f"\n{place.name}: " + ", ".join(f"{n:,} {name}s" for name, n in counts.items()))


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


def _new_rows(place: Place) -> bool:
    with place.made.sessions() as session:
        found = new_rows.measure(session, place.made.engine)
    print(f"  {new_rows.ROWS:,} new rows compared with all clients: {found.seconds:.1f} s "
          f"({found.cpu:.1f} s of processors)   bound {new_rows.BOUND:.0f} s   {found.found:.0%} "
          f"of the known ones found  {_mark(found.holds)}")  # fmt: skip
    return found.holds


def _many(place: Place) -> bool:
    found = many_rows.measure(place)
    print(f"{place.name}: {found.rows:,} new records: {found.ours:.1f} s   bare driver "
          f"{found.floor:.1f} s   ratio {found.ratio:.2f}   bound {many_rows.BOUND}  "
          f"{_mark(found.holds)}")  # fmt: skip
    return found.holds


def _imports(place: Place, rows: int, with_peers: bool, with_floor: bool) -> list[bool]:
    found = imports.measure(place, rows, with_peers=with_peers, with_floor=with_floor)
    verdicts = ", ".join(f"{count:,} {name}" for name, count in found.verdicts.items() if count)
    print(f"{place.name}: a list of {found.rows:,} rows x 15 columns: {verdicts}")
    print(f"  import: {found.ours:.1f} s of processors ({found.mapping:.1f} s to recognise the "
          f"list; {found.ours_elapsed:.1f} s by the clock)")  # fmt: skip
    peak = found.peak
    print(f"  peak: {peak.own:.0f} MB of the process that imports, {peak.child:.0f} MB of the one "
          f"that reads   bound of each {imports.MEMORY_BOUND:.0f}   {peak.together:.0f} MB of both "
          f"at one moment  {'ok' if found.is_small else 'TOO LARGE'}")  # fmt: skip
    held = [found.is_small]
    if found.floor:
        print(f"  calamine and bare driver {found.floor.cpu:.1f} s ({found.floor.elapsed:.1f} s)   "
              f"ratio {found.ratio:.2f}   bound {imports.BOUND}  "
              f"{_mark(found.is_quick)}")  # fmt: skip
        print(f"  without search, history and account the floor is {found.floor.bare:.1f} s: ratio "
              f"{found.ours / found.floor.bare:.2f}")  # fmt: skip
        held.append(found.is_quick)
    if found.left:
        print(f"  of the first {import_peers.SLICE:,} rows ours leaves {found.left}")
    for peer in found.peers:
        if peer.why_not:
            print(f"  {peer.name}: NOT MEASURED, {peer.why_not}")
            continue
        times = found.times_of(peer)
        holds = peer.left is None or times >= imports.PEER_BOUND
        bound = f"bound {imports.PEER_BOUND:.0f}  {_mark(holds)}" if peer.left else "no bound"
        print(f"  {peer.name}: {peer.cpu:.1f} s for these, as many times more for all; ours is "
              f"{times:.1f} times quicker   {bound}   (the floor itself: "
              f"{times * found.ratio:.1f})")  # fmt: skip
        print(f"    leaves {peer.left}" if peer.left else f"    another result: {peer.lacks}")
        held.append(holds)
    return held


def _matching() -> list[bool]:
    if not matching.FOLDER.is_dir():
        print("matching: the labelled lists are not beside the project")
        return []
    print("matching")
    results = matching.measure()
    for one in results:
        bound = f"bound {one.least:.2f}  {'ok' if one.holds else 'TOO LOW'}" if one.least else ""
        print(f"  {one.name:52} precision {one.precision:.3f}   recall {one.recall:.3f}   "
              f"F1 {one.f1:.3f}   {bound}")  # fmt: skip
    return [one.holds for one in results]


def _pages(place: Place, with_peer: bool) -> list[bool]:
    with place.made.engine.connect() as connection:
        industry = connection.scalar(text("SELECT industry FROM client ORDER BY id LIMIT 1"))
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


def _views(place: Place) -> list[bool]:
    results = views.measure(place)
    for one in results:
        print(f"  {one.name}: {one.ours:.1f} ms   bare SQL {one.floor:.2f} ms   empty page "
              f"{one.empty:.1f} ms   ratio {one.ratio:.2f}   bound {pages.BOUND:.0f}  "
              f"{_mark(one.holds)}")  # fmt: skip
    return [one.holds for one in results]


def _board(place: Place) -> bool:
    found = board.measure(place)
    one = found.result
    print(f"  board of {found.open_deals:,} open deals: {one.ours:.1f} ms   bare SQL "
          f"{one.floor:.1f} ms   empty page {one.empty:.1f} ms   ratio {one.ratio:.2f}   bound "
          f"{pages.BOUND:.0f}; of {board.DEALS:,}: {found.of_so_many:.0f} ms   bound "
          f"{board.MOST:.0f} ms  {_mark(found.holds)}")  # fmt: skip
    return found.holds


def _colors(place: Place) -> list[bool]:
    _say_size(place)
    held: list[bool] = []
    for one in colors.measure(place):
        print(f"  {one.name}: {one.ours:.2f} s   bare UPDATE {one.floor:.2f} s   ratio "
              f"{one.ratio:.2f}   bound {colors.BOUND:.0f}  {_mark(one.holds)}")  # fmt: skip
        held.append(one.holds)
    for one in colors.purchases(place):
        print(f"  {one.name}: {one.ours:.2f} ms   without the plugin {one.floor:.2f} ms   more "
              f"{one.ours - one.floor:.2f} ms   bound {colors.EXTRA:.0f} ms  "
              f"{_mark(one.holds)}")  # fmt: skip
        held.append(one.holds)
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
