"""The map of a country's regions in shades of one figure, with the same figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from kartoteka.access.scope import actor_of
from kartoteka.i18n import gettext
from kartoteka.models import Indicator, Region
from kartoteka.models.region import SECTIONS
from kartoteka.screens import rights
from kartoteka.screens.shown import Shown, sees, shown_in
from kartoteka.services import region_figures, region_map
from kartoteka.services.map_classes import ValueClass, classes, shade_of
from kartoteka.services.region_map import MapValue, Shape

#: Figures of our own have these codes; an indicator has its own code behind `i:`.
OURS = ("clients", "deals", "revenue")
_YEARS = range(1800, 2200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One thing to choose."""

    code: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A region on the map and in the table; `shade` 0 is no value."""

    shape: Shape
    href: str
    text: str
    #: The same without its unit, for a table that names it above.
    figure: str
    period: str
    is_stale: bool
    shade: int
    value: Decimal | None

    @property
    def words(self) -> str:
        """What is said of the region when it is pointed at."""
        return f"{self.shape.name}: {self.text}" + (f" ({self.period})" if self.period else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Legend:
    """One shade with the values it stands for."""

    shade: int
    text: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MapPage:
    """All that the page shows."""

    width: int
    height: int
    file_source: str
    countries: Sequence[Option]
    #: Groups of figures: title, options.
    figures: Sequence[tuple[str, Sequence[Option]]]
    years: Sequence[Option]
    currencies: Sequence[Option]
    way: str
    title: str
    unit: str
    rows: Sequence[Row]
    legend: Sequence[Legend]
    without: int
    stale: int
    sources: Sequence[str]
    is_ours: bool
    sees_all: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Figures:
    """What was chosen, and its values."""

    code: str
    title: str
    values: Mapping[int, MapValue]
    unit: str = ""
    years: Sequence[int] = ()
    year: int | None = None
    currencies: Sequence[str] = ()
    currency: str = ""
    sources: Sequence[str] = ()


def map_page(session: Session) -> MapPage | None:
    """Return the map the address asks for; None where no shapes are loaded."""
    sheets = region_map.maps(session)
    if not sheets:
        return None
    asked = request.args
    sheet = next((one for one in sheets if one.country == asked.get("country")), sheets[0])
    shown = shown_in(session)
    drawn = region_map.shapes(session, sheet.id)
    indicators = region_map.indicators(session, sheet.id)
    ours = ours_seen(session)
    figures = _figures(session, sheet.id, drawn, indicators, ours, shown)
    way = "equal" if asked.get("classes") == "equal" else "quantile"
    sorted_in = classes([one.value for one in figures.values.values()], way)
    rows = [_row(one, figures, sorted_in, shown) for one in drawn]
    rows.sort(key=lambda row: (row.value is None, -(row.value or 0)))
    return MapPage(
        width=sheet.width, height=sheet.height, file_source=sheet.source or "",
        countries=[
            Option(code=one.country, title=shown.country(one.country), is_chosen=one is sheet)
            for one in sheets
        ],
        figures=_groups(ours, indicators, figures.code),
        years=[Option(code=str(one), title=str(one), is_chosen=one == figures.year)
               for one in figures.years],
        currencies=[Option(code=one, title=one or "—", is_chosen=one == figures.currency)
                    for one in figures.currencies],
        way=way, title=figures.title, unit=figures.unit, rows=rows,
        legend=[
            Legend(shade=one.shade, text=_range(one, figures, shown), count=one.count)
            for one in sorted_in
        ],
        without=sum(row.value is None for row in rows),
        stale=sum(row.is_stale for row in rows),
        sources=figures.sources, is_ours=figures.code in OURS, sees_all=actor_of(session).sees_all,
    )  # fmt: skip


def ours_seen(session: Session) -> dict[str, str]:
    """Return the figures of our own business this reader may see, with their titles."""
    if not (rights.may("list", "client") and sees(session, "client", "region_id")):
        return {}
    found = {"clients": gettext("Clients")}
    if rights.may("list", "deal"):
        found["deals"] = gettext("Open deals")
    if rights.may("list", "purchase") and sees(session, "purchase", "amount"):
        found["revenue"] = gettext("Revenue of a year")
    return found


def counted_in(session: Session, regions: Sequence[Region]) -> list[tuple[str, Mapping[int, int]]]:
    """Return our figures that are quickly counted, by region, for regions side by side."""
    ids, seen = [region.id for region in regions], ours_seen(session)
    ways = {"clients": region_figures.clients_in, "deals": region_figures.open_deals_in}
    return [(seen[code], way(session, ids)) for code, way in ways.items() if code in seen and ids]


def _figures(
    session: Session, map_id: int, drawn: Sequence[Shape], indicators: Sequence[Indicator],
    ours: Mapping[str, str], shown: Shown,
) -> _Figures:  # fmt: skip
    by_code = {f"i:{one.code}": one for one in indicators}
    code = request.args.get("show", "")
    if code not in ours and code not in by_code:
        code = next(iter(by_code), next(iter(ours), ""))
    tops = [one.region_id for one in drawn]
    if code in by_code:
        item = by_code[code]
        found = region_map.measured(session, map_id, item, _year(), shown.today)
        return _Figures(
            code=code, title=item.title, unit=item.unit or "", values=found.values,
            years=found.years, year=found.year, sources=found.sources,
        )  # fmt: skip
    if code == "revenue":
        money = region_figures.revenue_in(session, tops, shown.today)
        # The currency most regions pay in comes first.
        currencies = sorted(money, key=lambda one: (-len(money[one]), one))
        asked = request.args.get("currency", "")
        currency = asked if asked in money else next(iter(currencies), "")
        values = {top: MapValue(value=sum_) for top, sum_ in money.get(currency, {}).items()}
        return _Figures(
            code=code, title=ours[code], values=values, currencies=currencies, currency=currency
        )
    counts: Mapping[int, int] = {}
    if code == "clients":
        counts = region_figures.clients_in(session, tops)
    elif code == "deals":
        counts = region_figures.open_deals_in(session, tops)
    values = {top: MapValue(value=Decimal(count)) for top, count in counts.items() if count}
    return _Figures(code=code, title=ours.get(code, ""), values=values)


def _row(shape: Shape, figures: _Figures, sorted_in: Sequence[ValueClass], shown: Shown) -> Row:
    value = figures.values.get(shape.region_id)
    href = url_for("region.show", pk=shape.region_id)
    if value is None:
        nothing = gettext("none") if figures.code in OURS else gettext("no data")
        return Row(
            shape=shape, href=href, text=nothing, figure=nothing, period="", is_stale=False,
            shade=0, value=None,
        )  # fmt: skip
    figure = _figure(value.value, figures, shown)
    return Row(
        shape=shape, href=href, figure=figure,
        text=f"{figure} {figures.unit}" if figures.unit else figure,
        period=str(value.period.year) if value.period else "", is_stale=value.is_stale,
        shade=shade_of(value.value, sorted_in), value=value.value,
    )  # fmt: skip


def _figure(value: Decimal, figures: _Figures, shown: Shown) -> str:
    if figures.code == "revenue":
        return shown.money(value, figures.currency)
    return shown.number(value.normalize())


def _range(one: ValueClass, figures: _Figures, shown: Shown) -> str:
    low, high = (_figure(value, figures, shown) for value in (one.low, one.high))
    return low if one.low == one.high else f"{low} – {high}"


def _groups(
    ours: Mapping[str, str], indicators: Sequence[Indicator], chosen: str
) -> list[tuple[str, Sequence[Option]]]:
    groups: dict[str, list[Option]] = {}
    for one in indicators:
        code = f"i:{one.code}"
        groups.setdefault(str(SECTIONS[one.section]), []).append(
            Option(code=code, title=one.title, is_chosen=code == chosen)
        )
    mine = [Option(code=code, title=title, is_chosen=code == chosen)
            for code, title in ours.items()]  # fmt: skip
    return [*([(gettext("Our business here"), mine)] if mine else []), *groups.items()]


def _year() -> int | None:
    text: Any = request.args.get("year", "")
    return int(text) if text.isdecimal() and len(text) == 4 and int(text) in _YEARS else None


__all__ = ["MapPage", "counted_in", "map_page", "ours_seen"]
