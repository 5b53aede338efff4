"""What stands before the first client: regions with passports, departments, staff, products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from kartoteka.api import (
    Competitor,
    Department,
    Indicator,
    IndicatorValue,
    LostReason,
    Product,
    Region,
    RegionNote,
    Source,
    add_user,
)
from kartoteka_wholesale.demo import catalogue
from kartoteka_wholesale.demo.places import BULGARIA, DISTRICTS, PLANNING_REGIONS, RUSSIA, Place

#: user name: (role, department, superior, language, given name, family name)
STAFF = {
    "director": ("director", "Отдел продаж", "", "ru", "Елена", "Громова"),
    "curator1": ("curator", "Россия", "", "ru", "Виктор", "Зимин"),
    "curator2": ("curator", "Болгария", "", "bg", "Десислава", "Колева"),
    "manager1": ("manager", "Россия", "", "ru", "Ольга", "Савельева"),
    "manager2": ("manager", "Россия", "", "ru", "Антон", "Рожков"),
    "manager3": ("manager", "Россия", "", "ru", "Марина", "Юдина"),
    "manager4": ("manager", "Россия", "", "ru", "Тимур", "Карпов"),
    "manager5": ("manager", "Болгария", "", "bg", "Петър", "Минчев"),
    "manager6": ("manager", "Болгария", "", "bg", "Мая", "Райкова"),
    "assistant1": ("assistant", "Россия", "manager1", "ru", "Полина", "Веселова"),
}
_PASSPORTS = ("RU-MOW", "RU-SPE", "RU-SVE", "RU-NVS", "RU-TA", "RU-KDA", "BG-22", "BG-16", "BG-03")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Ids of what stands before the first client."""

    regions: dict[str, int]
    departments: dict[str, int]
    people: dict[str, int]
    products: list[int]
    product_names: list[str]
    competitors: dict[str, list[int]]
    sources: dict[str, int]
    lost_reasons: dict[str, int]


def lay(session: Session, *, password: str, today: date, random: Random) -> Ground:
    """Write regions, departments, staff, products and competitors; return their ids."""
    departments, people = _staff(session, password)
    regions = _regions(session)
    _passports(session, regions, people["director"], today, random)
    products = [
        Product(
            code=code, name=name, group_name=group, unit=unit, price=Decimal(price),
            price_currency="RUB", is_active=True,
        )
        for code, name, group, unit, price in catalogue.PRODUCTS
    ]  # fmt: skip
    competitors = [
        Competitor(name=name, advantages=advantages, market_share=share, market_note=note)
        for _country, name, advantages, share, note in catalogue.COMPETITORS
    ]
    session.add_all([*products, *competitors])
    session.flush()
    ordered = [product for product in products if product.code not in catalogue.NEVER_ORDERED]
    return Ground(
        regions=regions,
        departments=departments,
        people=people,
        products=[product.id for product in ordered],
        product_names=[product.name for product in ordered],
        competitors=_by_country(competitors),
        sources=_by_code(session, Source),
        lost_reasons=_by_code(session, LostReason),
    )


def _by_country(competitors: list[Competitor]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for (country, *_rest), competitor in zip(catalogue.COMPETITORS, competitors, strict=True):
        found.setdefault(country, []).append(competitor.id)
    return found


def _by_code(session: Session, model: type[Source | LostReason]) -> dict[str, int]:
    rows = session.execute(select(model.code, model.id).order_by(model.id))
    return {code: number for code, number in rows if code}


def _staff(session: Session, password: str) -> tuple[dict[str, int], dict[str, int]]:
    head = Department(name="Отдел продаж")
    session.add(head)
    session.flush()
    below = [Department(name=name, parent_id=head.id) for name in ("Россия", "Болгария")]
    session.add_all(below)
    session.flush()
    departments = {item.name: item.id for item in (head, *below)}
    people: dict[str, int] = {}
    for username, (role, department, superior, language, given, family) in STAFF.items():
        people[username] = add_user(
            session,
            username=username,
            password=password,
            roles=[role],
            first_name=given,
            last_name=family,
            email=f"{username}@kartoteka.example",
            department_id=departments[department],
            superior_id=people.get(superior),
            language=language,
        ).id
    return departments, people


def _regions(session: Session) -> dict[str, int]:
    russia = Region(name="Россия", kind="country", iso_code="RU")
    bulgaria = Region(name="България", kind="country", iso_code="BG", nuts="BG")
    session.add_all([russia, bulgaria])
    session.flush()
    districts = {
        name: Region(name=name, kind="district", parent_id=russia.id) for name in DISTRICTS
    }
    planning = {
        nuts: Region(name=name, kind="district", parent_id=bulgaria.id, nuts=nuts)
        for nuts, name in PLANNING_REGIONS.items()
    }
    session.add_all([*districts.values(), *planning.values()])
    session.flush()
    parents = {name: item.id for name, item in {**districts, **planning}.items()}
    made = {place.iso_code: _region(place, parents[place.parent]) for place in (*RUSSIA, *BULGARIA)}
    session.add_all(made.values())
    session.flush()
    return {code: item.id for code, item in made.items()}


def _region(place: Place, parent_id: int) -> Region:
    return Region(
        name=place.name, kind="region", parent_id=parent_id, iso_code=place.iso_code,
        okato=place.okato.ljust(11, "0") if place.okato else None,
        oktmo=place.okato.ljust(8, "0") if place.okato else None,
        ekatte=place.ekatte or None, nuts=place.nuts or None, time_zone=place.time_zone,
    )  # fmt: skip


def _passports(
    session: Session, regions: dict[str, int], author: int, today: date, random: Random
) -> None:
    """Fill a few passports with invented values, marked as such: source "demo", not official."""
    rows = session.execute(select(Indicator.code, Indicator.id))
    indicators = dict(rows.all())
    for iso in _PASSPORTS:
        russian = iso.startswith("RU")
        for code, (for_russia, for_bulgaria, growth) in catalogue.INDICATORS.items():
            if code not in indicators:
                continue
            value = _about(iso, code, for_russia if russian else for_bulgaria, random)
            if value is None:
                continue
            if code == "internet_access":
                value = min(value, Decimal(97) / growth**3)
            places = 0 if code == "population" else 1
            for year in range(today.year - 4, today.year):
                session.add(
                    IndicatorValue(
                        region_id=regions[iso], indicator_id=indicators[code],
                        period=date(year, 1, 1), span="year", value=round(value, places),
                        source="demo", retrieved_on=today, is_official=False,
                    )
                )  # fmt: skip
                value *= growth
        notes = catalogue.NOTES_RU if russian else catalogue.NOTES_BG
        for number, (section, title, text) in enumerate(notes):
            written = today - timedelta(days=40 + 110 * number)
            session.add(
                RegionNote(
                    region_id=regions[iso], section=section, title=title, text=text,
                    author_id=author, written_on=written, review_by=written + timedelta(days=180),
                )
            )  # fmt: skip
    session.flush()


def _about(iso: str, code: str, base: int | None, random: Random) -> Decimal | None:
    """Return a first value of the order it has in truth; None where the region has none."""
    chance = random.random()
    if code == "population":
        return Decimal(catalogue.PEOPLE[iso])
    if base is None:
        return None
    if code not in catalogue.OF_PEOPLE:
        return Decimal(base) * Decimal(70 + int(chance * 90)) / 100
    many = catalogue.OF_PEOPLE[code][0 if iso.startswith("RU") else 1]
    share = Decimal(catalogue.PEOPLE[iso]) / many
    return Decimal(base) * share * Decimal(90 + int(chance * 30)) / 100
