"""`kartoteka regions load`: shapes of regions from GeoJSON, every feature accounted for."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from kartoteka import config
from kartoteka.access.actor import system
from kartoteka.api import Region, delete
from kartoteka.app import compose
from kartoteka.cli.main import main
from kartoteka.errors import Unreadable
from kartoteka.models import RegionMap, RegionShape
from kartoteka.models.removal import Removal
from kartoteka.services import bin as bin_, geojson
from kartoteka.services.geojson import read_features
from kartoteka.services.region_matching import match_places
from kartoteka.services.region_shapes import ShapesReport, draw_places, store_shapes
from kartoteka.testing import Firm
from kartoteka.testing.bases import upgrade_installed

SQUARE = [[[30, 50], [31, 50], [31, 51], [30, 51], [30, 50]]]


def place(name: Any = "", geometry: Any = None, **properties: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": SQUARE} if geometry is None else geometry
    return {
        "type": "Feature",
        "properties": {"name": name, **properties},
        "geometry": shape or None,
    }


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], Path]:
    def written(content: Any) -> Path:
        path = tmp_path / "shapes.geojson"
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else json.dumps(content)
            content = text.encode()
        path.write_bytes(content)
        return path

    return written


@pytest.fixture
def land(firm: Firm) -> Firm:
    """Regions of two countries; the Altai is two regions."""
    with firm.session() as session:
        for country, regions in {
            ("Россия", "RU"): (("Тверская обл", "RU-TVE"), ("Респ Алтай", "RU-AL"),
                               ("Алтайский край", "RU-ALT"), ("г Москва", "RU-MOW"),
                               ("Респ Крым", "UA-43")),
            ("България", "BG"): (("Видин", "BG-05"),),
        }.items():  # fmt: skip
            top = Region(name=country[0], kind="country", iso_code=country[1])
            session.add(top)
            session.flush()
            session.add_all(
                Region(name=name, iso_code=code, parent_id=top.id) for name, code in regions
            )
        session.commit()
    return firm


def load(firm: Firm, path: Path, **how: Any) -> ShapesReport:
    source, dry_run = how.pop("source", ""), how.pop("dry_run", False)
    with firm.session(way="cli") as session:
        matched = match_places(session, read_features(path), **how)
        report = store_shapes(
            session, matched, draw_places(matched), path, source=source, dry_run=dry_run
        )
        session.commit()
    accounted = report.loaded + sum(
        map(len, (report.unmatched, report.ambiguous, report.without_shape))
    )
    assert accounted == report.features
    return report


def drawn(firm: Firm) -> dict[str, str]:
    with firm.session() as session:
        rows = session.execute(
            select(Region.iso_code, RegionShape.path)
            .join(RegionShape, RegionShape.region_id == Region.id)
            .order_by(Region.iso_code)
        )
        return {str(row[0]): row[1] for row in rows}


def test_every_feature_is_drawn_or_named(land: Firm, write: Any) -> None:
    path = write(
        collection(
            place("Тверская область"), place("Республика Алтай"), place("Алтайский край"),
            place("город Москва", geometry=False), place("Атлантида"), place(None),
            place("Видин"),
        )
    )  # fmt: skip
    report = load(land, path, country="RU", source="© Somebody")
    assert (report.country, report.properties, report.loaded) == ("RU", ["name"], 3)
    assert [(one["feature"], one["name"]) for one in report.unmatched] == [
        (5, "Атлантида"), (6, ""), (7, "Видин"),
    ]  # fmt: skip
    assert "Атлантида" in report.unmatched[0]["reason"]
    assert [one["name"] for one in report.without_shape] == ["город Москва"]
    assert report.regions_without_shape == ["Респ Крым", "г Москва"]
    assert list(drawn(land)) == ["RU-AL", "RU-ALT", "RU-TVE"]
    with land.session() as session:
        sheet = session.scalars(select(RegionMap)).one()
    assert (sheet.source, sheet.file_name) == ("© Somebody", "shapes.geojson")


def test_what_nobody_can_tell_apart_is_not_drawn(land: Firm, write: Any) -> None:
    report = load(
        land, write(collection(place("Алтай"), place("Тверская"), place("Тверская обл."),
                               place("Видин"), place("Москва"))),
        country="Россия",
    )  # fmt: skip
    assert [one["name"] for one in report.ambiguous] == ["Тверская", "Тверская обл."]
    assert "Тверская обл" in report.ambiguous[0]["reason"]
    assert set(drawn(land)) == {"RU-AL", "RU-MOW"}  # the republic is called so for short
    with land.session() as session:
        session.add(Region(name="Полтава", kind="settlement"))
        session.add(Region(name="Полтава", kind="settlement"))
        session.commit()
    report = load(land, write(collection(place("Полтава"), place("Москва"))), country="RU")
    assert [one["name"] for one in report.ambiguous] == ["Полтава"]
    assert "several regions" in report.ambiguous[0]["reason"]


def test_a_code_is_enough_and_parts_of_one_name_are_one_region(land: Firm, write: Any) -> None:
    far = {"type": "MultiPolygon", "coordinates": [[[[33, 50], [34, 50], [34, 51], [33, 50]]]]}
    both = {"type": "GeometryCollection",
            "geometries": [far, {"type": "Polygon", "coordinates": SQUARE}]}  # fmt: skip
    path = write(
        collection(place("A", iso="RU-TVE"), place("B", geometry=far, iso="RU-TVE"),
                   place("C", geometry=both, iso="ru-mow"), place("D", iso="RU-XX"))
    )  # fmt: skip
    report = load(land, path, code_property="iso")
    assert (report.country, report.loaded, report.regions) == ("RU", 3, 2)
    assert drawn(land)["RU-TVE"].count("M") == drawn(land)["RU-MOW"].count("M") == 2
    assert load(land, path).properties == ["iso"]  # found out by itself


def test_a_second_file_takes_the_place_of_the_first(land: Firm, write: Any) -> None:
    load(land, write(collection(place("Тверская область"), place("Москва"))))
    load(land, write(collection(place("Видин"))))
    report = load(land, write(collection(place("Москва"))))
    assert (report.replaced, report.loaded) == (2, 1)
    assert set(drawn(land)) == {"RU-MOW", "BG-05"}
    load(land, write(collection(place("Тверская область"))), dry_run=True)
    assert set(drawn(land)) == {"RU-MOW", "BG-05"}


def test_a_deleted_region_comes_back_with_its_shape(land: Firm, write: Any) -> None:
    load(land, write(collection(place("Москва"))))
    before = drawn(land)
    with land.session() as session:
        region = session.scalars(select(Region).where(Region.iso_code == "RU-MOW")).one()
        delete(session, land.made.registry.entity("region"), region)
        session.commit()
    assert drawn(land) == {}
    with land.session() as session:
        lies = session.scalar(select(func.max(Removal.id))) or 0
        bin_.restore(session, bin_.get(session, lies))
        session.commit()
    assert drawn(land) == before


@pytest.mark.parametrize(("content", "said"), [
    ("", "is not JSON from line 1 on"),
    ('{"type":\n"Feat', "is not JSON from line 2 on"),
    (b"\xff\xfe\x00", "not text in UTF-8"),
    ("[" * 100_000, "not JSON a program can read"),
    ('{"type": "FeatureCollection", "features": [NaN]}', "not JSON a program can read"),
    ([1], "no “type”"),
    ({"type": "Topology"}, "TopoJSON"),
    ({"type": "Polygon", "coordinates": SQUARE}, "'Polygon', not FeatureCollection"),
    (collection(), "no features"),
    ({"type": "FeatureCollection", "features": {}}, "no features"),
    (collection(place("a"), 5), "feature 2 is no Feature"),
    (collection(place("a", {"type": "Point", "coordinates": [1, 2]})), "feature 1 is a Point"),
    (collection(place("a", {"type": "Polygon"})), "coordinates that are no list"),
    (collection(place("a", {"type": "Polygon", "coordinates": [[[1, 2], [2, 2]]]})),
     "less than three points"),
    (collection(place("a", {"type": "Polygon", "coordinates": [[[1, "2"], [2, 2], [1, 1]]]})),
     "no pair of numbers"),
    (collection(place("a", {"type": "Polygon", "coordinates": [[[1], [2, 2], [1, 1]]]})),
     "no pair of numbers"),
    (collection(place("a", {"type": "Polygon",
                            "coordinates": [[[4187500, 7509000], [2, 2], [1, 1]]]})),
     "4187500, 7509000: that is no longitude"),
    ('{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": '
     '"Polygon", "coordinates": [[[1' + "0" * 400 + ', 1], [2, 2], [1, 1]]]}}]}',
     "no longitude"),
    (collection(place("a"), crs={"type": "name",
                                 "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}),
     "EPSG::3857"),
])  # fmt: skip
def test_a_file_that_can_not_be_drawn_is_refused_with_the_reason(
    write: Any, content: Any, said: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_features(write(content))
    assert said in str(refused.value)
    assert "shapes.geojson can not be drawn" in str(refused.value)


def test_older_files_name_the_coordinates_that_are_meant(write: Any) -> None:
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"):
        crs = {"type": "name", "properties": {"name": name}}
        assert len(read_features(write(collection(place("a"), crs=crs)))) == 1
    packed = gzip.compress(json.dumps(collection(place("a"))).encode())
    assert read_features(write(packed))[0].properties == {"name": "a"}


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(gzip.compress(b" " * 5000))
    monkeypatch.setattr(geojson, "MOST_BYTES", 4096)
    with pytest.raises(Unreadable, match="larger than"):
        read_features(path)
    monkeypatch.undo()
    for name in ("MOST_FEATURES", "MOST_POINTS"):
        with monkeypatch.context() as patch:
            patch.setattr(geojson, name, 1)
            with pytest.raises(Unreadable):
                read_features(write(collection(place("a"), place("b"))))


@pytest.mark.parametrize(("how", "said"), [
    ({"country": "XX"}, "There is no country 'XX'"),
    ({"country": "KZ"}, "There are no regions (KZ)"),
    ({"name_property": "title"}, "has the property 'title'. There are: name"),
    ({}, "several countries (RU: 2, BG: 1)"),
    ({"code_property": "iso"}, "None of the 3 places is a region"),
])  # fmt: skip
def test_what_is_said_about_the_file_must_be_true(
    land: Firm, write: Any, how: dict[str, str], said: str
) -> None:
    path = write(collection(place("Москва", iso="1"), place("Тверская область"), place("Видин")))
    with pytest.raises(Unreadable) as refused:
        load(land, path, **how)
    assert said in str(refused.value)
    assert drawn(land) == {}


def run(folder: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--dir", str(folder), "regions", "load", *map(str, arguments)])


def test_the_command_draws_and_refuses_with_code_2(tmp_path: Path, write: Any) -> None:
    folder = tmp_path / "base"
    password = ["--admin-password", "a long enough password"]
    assert CliRunner().invoke(main, ["init", str(folder), *password]).exit_code == 0
    made = compose(config.load(folder))
    upgrade_installed(made)  # columns that other tests of this process attached
    with made.sessions() as session:
        session.info["actor"] = system("cli")
        session.add(Region(name="г Москва", iso_code="RU-MOW"))
        session.commit()
    path = write(collection(place("Москва"), place("Атлантида")))
    result = run(folder, path, "--json")
    assert result.exit_code == 0, result.output
    account = json.loads(result.output)
    assert (account["country"], account["loaded"], len(account["unmatched"])) == ("RU", 1, 1)
    shown = run(folder, path)
    assert "1 of 2 features" in shown.output
    assert "Атлантида" in shown.output
    for content in (
        "{",
        collection(place("Атлантида")),
        collection(place("Москва", {"type": "X"})),
    ):
        refused = run(folder, write(content), "--json")
        assert refused.exit_code == 2
        assert list(json.loads(refused.output)) == ["error"]
    assert run(folder, tmp_path / "missing.geojson").exit_code == 2
    with made.sessions() as session:
        session.info["actor"] = system("cli")
        assert session.scalar(select(func.count()).select_from(RegionShape)) == 1
    made.engine.dispose()
