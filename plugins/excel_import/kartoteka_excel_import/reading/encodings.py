"""Find the encoding of a text file: by its mark, by UTF-8, by how likely its letters are."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

from kartoteka_excel_import.reading.book import Refusal

_BLOCK = 1 << 20
#: Bytes with letters that are weighed; more make it no surer.
_WEIGHED = 16_000
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Eight-bit encodings that lists of clients come in here; the first wins where two say the same.
CANDIDATES = (
    "cp1251", "cp866", "koi8-r", "mac-cyrillic", "iso8859-5", "cp1252", "mac-roman", "cp1250",
    "cp850",
)  # fmt: skip
#: Cyrillic letters from the most to the least frequent, Russian and Bulgarian together.
_CYRILLIC = "оаеинтрсвлкдпмузяыбьгъчйхжшюцщэфё"
_CYRILLIC_WEIGHT = {letter: 2.0 - 0.05 * place for place, letter in enumerate(_CYRILLIC)}
#: Letters that often follow a letter; a text in capitals of another encoding lacks such pairs.
_AFTER = {
    "а": "лмнрстя", "б": "ео", "в": "аеиос", "г": "о", "д": "аеио", "е": "вклмнрст",
    "и": "вейлмнртя", "к": "ао", "л": "аио", "м": "аио", "н": "аеиоя", "о": "бвглмнрст",
    "п": "аеор", "р": "аеио", "с": "аекот", "т": "аеиору", "у": "л", "ц": "и", "ч": "е", "ш": "а",
    "ы": "й", "ь": "н",
}  # fmt: skip
_LATIN = frozenset("éèêëàâäáãåçñíìîïóòôöõøúùûüýÿßæœłąęśćźżńčšžřěůőű")
_SIGNS = frozenset("«»„“”‘’–—…№§©®°±·€£™•ªº¡¿´")
#: What letters are worth at least, on average, in a guess that is trusted.
_LEAST_CYRILLIC = 1.25
_LEAST_LATIN = 0.95
_OF_CYRILLIC = frozenset({"cp1251", "cp866", "koi8-r", "mac-cyrillic", "iso8859-5"})


def encoding_of(path: Path, wanted: str = "") -> str:
    """Return the encoding of a text file.

    Args:
        wanted: an encoding that a person named; it is only checked.

    Raises:
        Refusal: there is no such encoding, or the file is not in it.
    """
    with path.open("rb") as file:
        head = file.read(_WEIGHED)
    if wanted:
        return _checked(path, wanted, head)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _wide(head):
        return wide
    good, european, broken = _utf8(path)
    if not broken:
        return "utf-8"
    # A damaged UTF-8 file is still one where most of its letters fit. Letters of our own scripts
    # hardly ever come out of another encoding, so few of them say enough. The cells with what does
    # not fit are named with their rows.
    if good > 10 * broken or european > 2 * broken:
        return "utf-8"
    return _likely(_high_lines(path))


def _checked(path: Path, wanted: str, head: bytes) -> str:
    try:
        name = codecs.lookup(wanted).name
        "".encode(name)
    except LookupError:
        raise Refusal("no_encoding", encoding=wanted) from None
    if name in ("utf-16", "utf-32") and not any(head.startswith(mark) for mark, _ in _MARKS):
        name += "-le"
    decoder = codecs.getincrementaldecoder(name)()
    line = 1
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK)
            try:
                line += decoder.decode(block, final=not block).count("\n")
            except UnicodeError as error:
                before = (
                    error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
                )
                raise Refusal(
                    "other_encoding", encoding=wanted, line=line + before.count(b"\n")
                ) from None
            if not block:
                return "utf-8-sig" if name == "utf-8" else name


def _wide(head: bytes) -> str:
    """Know UTF-16 without a mark: one byte of each two is that of the script."""
    head = head[: len(head) // 2 * 2]
    if len(head) < 4:
        return ""
    half = len(head) / 2
    script = b"\x00\x04"
    low = sum(head[0::2].count(byte) for byte in script) / half
    high = sum(head[1::2].count(byte) for byte in script) / half
    if b"\x00" not in head and not (low > 0.9 or high > 0.9):
        return ""
    if high > 0.8 and low < 0.3:
        return "utf-16-le"
    if low > 0.8 and high < 0.3:
        return "utf-16-be"
    return ""


def _utf8(path: Path) -> tuple[int, int, int]:
    """Return how many letters beyond ASCII are in UTF-8, how many European, how many are broken."""
    strict = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                strict.decode(block)
            strict.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return 1, 1, 0
    text = _high_lines(path).decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    # A file cut off within a letter has one wrong at its very end.
    good = sum(letter > "\x7f" for letter in text) - broken
    european = sum("\xc0" <= letter <= "\u04ff" for letter in text)
    return good, european, max(broken, 1)


def _high_lines(path: Path) -> bytes:
    """Return lines with bytes beyond ASCII: the first may stand far below."""
    found = bytearray()
    with path.open("rb") as file:
        while len(found) < _WEIGHED and (block := file.read(_BLOCK)):
            if block.isascii():
                continue
            for line in block.replace(b"\r", b"\n").split(b"\n"):
                if not line.isascii():
                    found += line[:2000] + b"\n"
                    if len(found) >= _WEIGHED:
                        break
    return bytes(found)


def _likely(sample: bytes) -> str:
    """Return the encoding whose letters are the likeliest."""
    best, best_worth = "", -9.0
    for name in CANDIDATES:
        try:
            worth = _worth(sample.decode(name, errors="replace"))
        except LookupError:
            continue
        if worth > best_worth + 0.02:
            best, best_worth = name, worth
    if best_worth >= (_LEAST_CYRILLIC if best in _OF_CYRILLIC else _LEAST_LATIN):
        return best
    return _by_statistics(sample) or best or "cp1251"


def _by_statistics(sample: bytes) -> str:
    """Ask the library about what our own rules do not know: Greek, Turkish, Chinese ..."""
    from charset_normalizer import from_bytes

    found = from_bytes(sample[:20_000]).best()
    if found is None:
        return ""
    try:
        sample.decode(found.encoding)
    except (LookupError, UnicodeDecodeError):
        return ""
    return found.encoding


def _worth(text: str) -> float:
    """Return how likely the letters beyond ASCII of a text are, on average.

    A letter counts by its frequency; it loses where it stands among letters of another script, or
    large after small, as letters of a wrong encoding do.
    """
    total, count = 0.0, 0
    before = " "
    for letter, after in zip(text, text[1:] + " ", strict=True):
        if letter > "\x7f":
            total += _letter_worth(letter, before, after)
            count += 1
        before = letter
    return total / count if count else -9.0


def _letter_worth(letter: str, before: str, after: str) -> float:
    if letter in _SIGNS or letter == "\xa0":
        return 0.6 if not (before.isalpha() and after.isalpha()) else -1.0
    if not letter.isalpha():
        return -2.0
    small = letter.lower()
    near = [other for other in (before, after) if other.isalpha()]
    if small in _CYRILLIC_WEIGHT:
        worth = _CYRILLIC_WEIGHT[small] + (0.5 if small in _AFTER.get(before.lower(), "") else 0)
        is_alien = _is_latin
    elif small in _LATIN:
        worth = 1.2 if letter == small else 0.9
        is_alien = _is_cyrillic
    else:
        return -1.0
    if any(map(is_alien, near)):
        worth -= 3.0
    if letter != small:
        worth -= 3.0 if before.isalpha() and before.islower() else 0.3
        if before.isupper() and after.islower():
            worth -= 1.0  # "ПРивет"
    elif before.isalpha() and before.isupper() and after.isalpha() and after.isupper():
        worth -= 3.0
    if small in _LATIN and not near:
        worth -= 1.0
    return worth


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def _is_cyrillic(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("CYRILLIC")


__all__ = ["CANDIDATES", "encoding_of"]
