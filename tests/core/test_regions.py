"""A region's passport shows what is known of it, and our own figures with all regions below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from kartoteka.api import (
    Client,
    ClientCompetitor,
    Competitor,
    Deal,
    Indicator,
    IndicatorValue,
    Purchase,
    Region,
    RegionNote,
)
from kartoteka.db.session import RecordSession
from kartoteka.screens.trend import trend
from kartoteka.services import regions
from kartoteka.services.region_revenue import Revenue, revenue_of
from kartoteka.testing import Firm, statements

TODAY = date(2026, 6, 1)


def region(session: RecordSession, name: str, parent: Region | None = None, **more: Any) -> Region:
    made = Region(
        name=name, kind=more.pop("kind", "region"), parent_id=parent.id if parent else None, **more
    )
    session.add(made)
    session.flush()
    return made


def value(
    session: RecordSession, where: Region, code: str, year: int, number: str, **more: Any
) -> IndicatorValue:
    indicator = session.scalars(select(Indicator).where(Indicator.code == code)).one()
    made = IndicatorValue(
        region_id=where.id, indicator_id=indicator.id, period=date(year, 1, 1), span="year",
        value=Decimal(number), **more,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def client(session: RecordSession, name: str, where: Region, owner: int, **more: Any) -> Client:
    made = Client(name=name, kind="organisation", region_id=where.id, owner_id=owner, **more)
    session.add(made)
    session.flush()
    return made


def bought(session: RecordSession, who: Client, amount: str, day: date, code: str = "RUB") -> None:
    session.add(
        Purchase(client_id=who.id, bought_on=day, amount=Decimal(amount), amount_currency=code)
    )
    session.flush()


@pytest.fixture
def land(firm: Firm) -> dict[str, int]:
    """A country with two regions, one with a town; clients of two managers."""
    mine, theirs = firm.users["manager1"], firm.users["manager3"]
    with firm.session() as session:
        country = region(session, "Россия", kind="country")
        tver = region(session, "Тверская область", country, iso_code="RU-TVE")
        town = region(session, "Торжок", tver, kind="settlement")
        omsk = region(session, "Омская область", country)
        big = client(session, "Big", tver, mine, size_class="A")
        small = client(session, "Small", town, mine, size_class="C")
        far = client(session, "Far", omsk, mine)
        other = client(session, "Other", town, theirs, size_class="C")
        value(session, tver, "population", 2023, "1230000", source="Rosstat", is_official=True)
        value(session, tver, "population", 2024, "1200000", source="Rosstat", is_official=True)
        value(session, tver, "grp", 2019, "500")
        bought(session, big, "600", date(2026, 5, 1))
        bought(session, small, "300", date(2026, 5, 2))
        bought(session, small, "70", date(2026, 5, 2), "EUR")
        bought(session, small, "9999", date(2024, 5, 2))  # too long ago to count
        bought(session, far, "100", date(2026, 5, 3))
        bought(session, other, "1000", date(2026, 5, 3))
        session.add_all(
            [
                Deal(title="open", client_id=small.id, amount=Decimal(50)),
                Deal(title="theirs", client_id=other.id, amount=Decimal(60)),
            ]
        )
        rival = Competitor(name="Rival")
        session.add(rival)
        session.flush()
        session.add_all(
            [
                ClientCompetitor(client_id=big.id, competitor_id=rival.id, is_preferred=True),
                ClientCompetitor(client_id=small.id, competitor_id=rival.id),
            ]
        )
        session.commit()
        return {"country": country.id, "tver": tver.id, "town": town.id, "omsk": omsk.id}


def read(firm: Firm, who: str, number: int) -> regions.Passport:
    with firm.session(who) as session:
        return regions.passport(session, session.get_one(Region, number), TODAY)


def revenue(firm: Firm, who: str, number: int) -> Sequence[Revenue]:
    with firm.session(who) as session:
        return revenue_of(session, number, TODAY)


def test_the_path_leads_down_from_the_country(firm: Firm, land: dict[str, int]) -> None:
    found = read(firm, "manager1", land["town"])
    assert [part.name for part in found.path] == ["Россия", "Тверская область"]
    assert [part.name for part in read(firm, "manager1", land["tver"]).parts] == ["Торжок"]


def test_an_indicator_shows_its_latest_value_and_its_trend(
    firm: Firm, land: dict[str, int]
) -> None:
    society = read(firm, "manager1", land["tver"]).sections[1]
    (line,) = society.lines
    assert (society.code, line.code, line.latest.value) == ("society", "population", 1_200_000)
    assert [point[1] for point in line.series] == [1_230_000, 1_200_000]
    assert not line.is_stale


def test_a_value_goes_stale_counted_from_the_end_of_its_period(
    firm: Firm, land: dict[str, int]
) -> None:
    with firm.session() as session:
        indicator = session.scalars(select(Indicator).where(Indicator.code == "grp")).one()
        latest = session.scalars(
            select(IndicatorValue).where(IndicatorValue.indicator_id == indicator.id)
        ).one()
        assert indicator.fresh_months == 36
        assert not regions.is_stale(latest, indicator, date(2022, 12, 31))
        assert regions.is_stale(latest, indicator, date(2023, 1, 1))


def test_our_block_counts_all_regions_below(firm: Firm, land: dict[str, int]) -> None:
    ours = read(firm, "director", land["tver"]).ours
    assert (ours.clients, ours.by_size) == (3, [("A", 1), ("C", 2)])
    assert (ours.open_deals, ours.open_amounts[0].amount) == (2, 110)
    assert [(r.name, r.clients, r.preferred) for r in ours.rivals] == [("Rival", 2, 1)]


def test_revenue_stays_apart_by_currency_with_its_share(firm: Firm, land: dict[str, int]) -> None:
    euro, rouble = revenue(firm, "director", land["tver"])
    assert (rouble.currency, rouble.amount, rouble.share) == ("RUB", 1900, Decimal("95.0"))
    assert (euro.currency, euro.amount, euro.share) == ("EUR", 70, Decimal("100.0"))
    assert rouble.per_people == Decimal("15.83")  # 1900 · 10,000 / 1,200,000


def test_figures_are_of_the_rows_the_reader_sees(firm: Firm, land: dict[str, int]) -> None:
    ours = read(firm, "manager1", land["tver"]).ours
    rouble = revenue(firm, "manager1", land["tver"])[1]
    assert (ours.clients, ours.open_deals) == (2, 1)
    assert (rouble.amount, rouble.share) == (900, Decimal("90.0"))


@pytest.mark.parametrize(("who", "rouble"), [("director", 2000), ("manager1", 1000)])
def test_a_country_is_summed_in_one_pass_with_the_same_result(
    firm: Firm, land: dict[str, int], who: str, rouble: int
) -> None:
    with firm.session() as session:
        session.add(Client(name="Nowhere", kind="organisation", owner_id=firm.users[who]))
        session.commit()
    found = revenue(firm, who, land["country"])
    assert [(one.currency, one.amount, one.share) for one in found] == [
        ("EUR", 70, 100), ("RUB", rouble, 100),
    ]  # fmt: skip
    with firm.session() as session:
        lost = session.scalars(select(Client).where(Client.name == "Nowhere")).one()
        bought(session, lost, str(rouble), date(2026, 5, 1))
        session.commit()
    assert [one.share for one in revenue(firm, who, land["country"])] == [100, 50]
    parts = [revenue(firm, who, land[name])[-1] for name in ("tver", "omsk")]
    assert sum(one.amount for one in parts) == rouble
    with firm.session() as session:
        session.get_one(Region, land["tver"]).kind = "district"
        session.commit()
    assert revenue(firm, who, land["tver"])[-1] == parts[0]


def test_without_a_population_there_is_no_revenue_per_inhabitant(
    firm: Firm, land: dict[str, int]
) -> None:
    assert revenue(firm, "director", land["omsk"])[0].per_people is None


def test_a_note_is_overdue_after_its_day(firm: Firm, land: dict[str, int]) -> None:
    with firm.session("manager1") as session:
        for title, day in (("old", date(2026, 5, 31)), ("fresh", TODAY)):
            session.add(
                RegionNote(
                    region_id=land["tver"], section="market", title=title,
                    written_on=date(2026, 1, 1), review_by=day,
                )
            )  # fmt: skip
        session.commit()
    notes = read(firm, "director", land["tver"]).notes
    assert {line.note.title: line.is_overdue for line in notes} == {"old": True, "fresh": False}
    assert {line.author for line in notes} == {"Manager1 Test"}


def test_a_passport_takes_the_same_statements_however_much_lies_below(
    firm: Firm, land: dict[str, int]
) -> None:
    def sent_for(number: int) -> int:
        with firm.session("curator1") as session:
            top = session.get_one(Region, number)
            with statements(firm) as sent:
                regions.passport(session, top, TODAY)
            return len(sent)

    before = sent_for(land["tver"])
    with firm.session() as session:
        for number in range(20):
            part = Region(name=f"Part {number}", kind="municipality", parent_id=land["tver"])
            session.add(part)
            session.flush()
            value(session, part, "population", 2024, "5")
            client(session, f"C{number}", part, firm.users["manager1"])
        session.commit()
    assert sent_for(land["tver"]) == before <= 8


def test_a_ring_in_the_tree_does_no_harm(firm: Firm, land: dict[str, int]) -> None:
    table: Any = Region.__table__
    with firm.session() as session:  # by hand, round the rules
        ring = update(table).where(table.c.id == land["tver"]).values(parent_id=land["town"])
        session.connection().execute(ring)
        session.commit()
    found = read(firm, "director", land["tver"])
    assert (found.ours.clients, [part.name for part in found.path]) == (3, ["Торжок"])


def test_regions_stand_side_by_side(firm: Firm, land: dict[str, int]) -> None:
    with firm.session() as session:
        value(session, session.get_one(Region, land["omsk"]), "population", 2024, "1800000")
        session.commit()
    with firm.session("manager1") as session:
        found = regions.compare(session, [land["tver"], land["omsk"]], TODAY)
    assert [item.name for item in found.regions] == ["Тверская область", "Омская область"]
    gross, people = found.rows
    assert [cell.value for cell in people.cells.values()] == [1_200_000, 1_800_000]
    assert (list(gross.cells), gross.cells[land["tver"]].is_stale) == ([land["tver"]], True)


def test_a_trend_rises_to_the_right_and_needs_two_values() -> None:
    rising = [(date(2020, 1, 1), Decimal(1)), (date(2022, 1, 1), Decimal(3))]
    line = trend(rising)
    assert line is not None
    assert line.points == "3,25 117,3"  # from the lower left to the upper right corner
    level = trend([(day, Decimal(5)) for day, _value in rising])
    assert level is not None
    assert level.points == "3,14 117,14"
    assert trend(rising[:1]) is None
