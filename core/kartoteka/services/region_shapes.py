"""Load the shapes of a country's regions: a file becomes one sheet, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from kartoteka.errors import Unreadable
from kartoteka.fields.types import now
from kartoteka.i18n import gettext
from kartoteka.models import Region, RegionMap, RegionShape
from kartoteka.services.map_drawing import Sheet, draw
from kartoteka.services.region_matching import Matched

#: A page shows no more shapes than that.
MOST_SHAPES = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ShapesReport:
    """The account of a file of shapes; the four counts add up to its features."""

    file: str
    country: str
    properties: Sequence[str]
    features: int
    #: Features whose outlines are drawn, and the regions they make.
    loaded: int
    regions: int
    unmatched: Sequence[dict[str, Any]]
    ambiguous: Sequence[dict[str, Any]]
    without_shape: Sequence[dict[str, Any]]
    regions_without_shape: Sequence[str]
    #: Shapes of this country that were there before.
    replaced: int
    points_read: int
    points_drawn: int
    characters: int
    dry_run: bool


def draw_places(matched: Matched) -> Sheet:
    """Draw what was matched, in the order of its regions; takes seconds for a detailed file.

    Raises:
        Unreadable: more regions than a page can show.
    """
    if len(matched.places) > MOST_SHAPES:
        raise Unreadable(
            gettext(
                "The file shows %(n)s regions; a map holds %(most)s. Load those of one level.",
                n=len(matched.places), most=MOST_SHAPES,
            )
        )  # fmt: skip
    return draw(
        [[ring for one in features for ring in one.rings] for features in matched.places.values()]
    )


def store_shapes(
    session: Session, matched: Matched, sheet: Sheet, path: Path, *, source: str = "",
    dry_run: bool = False,
) -> ShapesReport:  # fmt: skip
    """Put a drawn file in the place of what was there for its country.

    Regions that were shown on the map of another country move to this one.
    """
    ids = list(matched.places)
    there = set(session.scalars(select(Region.id).where(Region.id.in_(ids))))
    drawn = [
        (number, drawing)
        for number, drawing in zip(ids, sheet.drawings, strict=True)
        if drawing is not None and number in there
    ]
    sheet_of = session.scalar(select(RegionMap).where(RegionMap.country == matched.country))
    replaced = 0
    if sheet_of is not None:
        replaced = session.scalar(
            select(func.count()).where(RegionShape.map_id == sheet_of.id)
        ) or 0  # fmt: skip
    if not dry_run:
        if sheet_of is None:
            sheet_of = RegionMap(country=matched.country)
            session.add(sheet_of)
        sheet_of.width, sheet_of.height = sheet.width, sheet.height
        sheet_of.file_name, sheet_of.source = path.name[:255], source[:255] or None
        sheet_of.loaded_at = now()
        session.flush()
        session.execute(
            delete(RegionShape).where(
                (RegionShape.map_id == sheet_of.id) | RegionShape.region_id.in_(ids)
            )
        )
        session.add_all(
            RegionShape(
                map_id=sheet_of.id, region_id=number, path=one.path, x=one.x, y=one.y,
                is_small=one.is_small,
            )
            for number, one in drawn
        )  # fmt: skip
        session.flush()
    return ShapesReport(
        file=str(path), country=matched.country, properties=matched.properties,
        features=sum(map(len, matched.places.values())) + len(matched.unmatched)
        + len(matched.ambiguous) + len(matched.without_shape),
        loaded=sum(len(matched.places[number]) for number, _one in drawn), regions=len(drawn),
        unmatched=[asdict(one) for one in matched.unmatched],
        ambiguous=[asdict(one) for one in matched.ambiguous],
        without_shape=[asdict(one) for one in matched.without_shape],
        regions_without_shape=matched.not_shown, replaced=replaced,
        points_read=sum(
            len(ring) for places in matched.places.values() for one in places for ring in one.rings
        ),
        points_drawn=sheet.points, characters=sum(len(one.path) for _number, one in drawn),
        dry_run=dry_run,
    )  # fmt: skip


__all__ = ["MOST_SHAPES", "ShapesReport", "draw_places", "store_shapes"]
