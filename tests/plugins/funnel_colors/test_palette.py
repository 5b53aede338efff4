"""The ten colours can be told apart by people who tell no red from green, and read by everybody."""

from __future__ import annotations

import pytest

from kartoteka_funnel_colors.palette import COLORS, Color

#: Signs stand dark on the paint: `.fc-swatch` and `.mark`.
INK = "#111827"


def luminance(paint: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(paint[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_that_of_the_standard() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", COLORS, ids=lambda color: color.code)
def test_a_sign_can_be_read_on_its_paint(color: Color) -> None:
    assert contrast(color.paint, INK) >= 4.5


def test_no_two_colours_share_sign_name_or_paint() -> None:
    for name in ("code", "title", "meaning", "paint", "mark"):
        assert len({str(getattr(color, name)) for color in COLORS}) == len(COLORS) == 10
    assert all(len(color.mark) == 1 for color in COLORS)
