"""Draw columns of a report: lying bars for rows that are things, standing ones for time.

Lengths are per cent of the width and heights are pixels, so that the drawing fits every screen
and its letters keep their size. Colours come from classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kartoteka.reports.result import Block, Cell, Head

#: Rows of lying bars; those left away are in the table.
MOST_BARS = 10
#: More standing groups have no room for a number over each.
MOST_NUMBERED = 16
#: The longest bar leaves room for its number.
LONGEST = 76.0
BAR, GAP, LABEL, BETWEEN = 11, 2, 18, 8
PLOT, TOP, FOOT = 150, 20, 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bar, in per cent across and pixels down; `text` is its number in words."""

    x: float
    y: float
    width: float
    height: float
    series: int
    text: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A text of the drawing."""

    x: float
    y: float
    text: str
    is_odd: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A drawing: its height, its bars, its labels, lines of the height and what colours mean."""

    kind: str
    title: str
    height: int
    bars: Sequence[Bar]
    labels: Sequence[Label]
    levels: Sequence[Label]
    legend: Sequence[str]
    is_numbered: bool


def chart_of(block: Block, said: Callable[[Decimal, str], str]) -> Chart | None:
    """Return the drawing of a table; None when there is nothing to draw.

    Args:
        said: a number in words, with its currency if it has one.
    """
    drawing = block.drawing
    if drawing is None or not block.lines:
        return None
    places = [place for place, head in enumerate(block.heads) if head.code in drawing.of]
    currency = _currency(block, places)
    series = [
        [_number(line.cells[place], currency) for line in block.lines] for place in places
    ]  # fmt: skip
    most = max((max(values) for values in series), default=Decimal(0))
    if most <= 0:
        return None
    heads = [block.heads[place] for place in places]
    legend = [_named(head, currency) for head in heads]
    names = [str(line.cells[0].value) for line in block.lines]

    def words(value: Decimal, place: int) -> str:
        return said(value, currency if heads[place].kind == "money" else "")

    draw = _standing if drawing.kind == "columns" else _lying
    return draw(names, series, most, legend, words)


def _lying(
    names: Sequence[str], series: Sequence[Sequence[Decimal]], most: Decimal,
    legend: Sequence[str], words: Callable[[Decimal, int], str],
) -> Chart:  # fmt: skip
    bars: list[Bar] = []
    labels: list[Label] = []
    y = 0
    rows = [row for row in range(len(names)) if any(values[row] > 0 for values in series)]
    for row in rows[:MOST_BARS]:
        labels.append(Label(x=0, y=y + 13, text=_short(names[row])))
        y += LABEL
        for place, values in enumerate(series):
            if values[row] <= 0:
                continue
            length = round(float(values[row] / most) * LONGEST, 2)
            text = words(values[row], place)
            bars.append(Bar(x=0, y=y, width=max(length, 0.4), height=BAR, series=place + 1,
                            text=text, title=f"{names[row]}, {legend[place]}: {text}"))  # fmt: skip
            y += BAR + GAP
        y += BETWEEN
    return Chart(kind="bars", title=", ".join(legend), height=y, bars=bars, labels=labels,
                 levels=(), legend=legend, is_numbered=True)  # fmt: skip


def _standing(
    names: Sequence[str], series: Sequence[Sequence[Decimal]], most: Decimal,
    legend: Sequence[str], words: Callable[[Decimal, int], str],
) -> Chart:  # fmt: skip
    bars: list[Bar] = []
    labels: list[Label] = []
    across = 100 / len(names)
    width = across * 0.76 / len(series)
    for row, name in enumerate(names):
        labels.append(Label(x=round((row + 0.5) * across, 2), y=TOP + PLOT + 16, text=name,
                            is_odd=row % max(1, -(-len(names) // 12)) > 0))  # fmt: skip
        for place, values in enumerate(series):
            height = round(float(max(values[row], Decimal(0)) / most) * PLOT, 1)
            text = words(values[row], place)
            bars.append(Bar(x=round(row * across + across * 0.12 + place * width, 2),
                            y=round(TOP + PLOT - height, 1), width=round(width * 0.94, 2),
                            height=height, series=place + 1, text=text if values[row] else "",
                            title=f"{name}, {legend[place]}: {text}"))  # fmt: skip
    levels = [Label(x=0, y=TOP, text=words(most, 0)), Label(x=0, y=TOP + PLOT, text="")]
    return Chart(
        kind="columns", title=", ".join(legend), height=TOP + PLOT + FOOT, bars=bars,
        labels=labels, levels=levels, legend=legend,
        is_numbered=len(series) == 1 and len(names) <= MOST_NUMBERED,
    )  # fmt: skip


def _currency(block: Block, places: Sequence[int]) -> str:
    """Return the currency most rows have: amounts of two are not drawn side by side."""
    found = Counter(
        code
        for line in block.lines
        for place in places
        if block.heads[place].kind == "money"
        for code, _amount in line.cells[place].value or ()
    )
    return found.most_common(1)[0][0] if found else ""


def _number(cell: Cell, currency: str) -> Decimal:
    if isinstance(cell.value, list | tuple):
        amounts = dict(cell.value)
        return Decimal(amounts.get(currency, 0))
    return Decimal(cell.value or 0)


def _named(head: Head, currency: str) -> str:
    return f"{head.title}, {currency}" if head.kind == "money" and currency else head.title


def _short(text: str) -> str:
    return text if len(text) <= 42 else f"{text[:41]}…"


__all__ = ["Chart", "chart_of"]
