"""Break words into lines that fit under a circle; SVG does not do it by itself."""

from __future__ import annotations

from kartoteka.screens.map_layout import BOX

_WIDE, _THIN = frozenset("мшщжюфыъМШЩЖЮФЫЪWMmw@%—…"), frozenset("iljtfrI.,;:!|'()[]-– 1г")


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is in letters of a size; rather too wide than too narrow."""
    return size * sum(
        0.82 if sign in _WIDE else 0.36 if sign in _THIN else 0.72 if sign.isupper() else 0.58
        for sign in text
    )


def lines_of(text: str, size: float, most: int) -> list[str]:
    """Return a text in at most so many lines; what does not fit ends in “…”."""
    words = text.split()
    lines: list[str] = []
    while words and len(lines) < most:
        count = 1
        while count < len(words) and width_of(" ".join(words[: count + 1]), size) <= BOX:
            count += 1
        lines.append(" ".join(words[:count]))
        words = words[count:]
    if words:
        lines[-1] = f"{lines[-1]}…"
    return [_cut(line, size) for line in lines]


def _cut(line: str, size: float) -> str:
    if width_of(line, size) <= BOX:
        return line
    kept = line.rstrip("…")
    while kept and width_of(f"{kept}…", size) > BOX:
        kept = kept[:-1]
    return f"{kept.rstrip(' ,')}…"


__all__ = ["lines_of", "width_of"]
