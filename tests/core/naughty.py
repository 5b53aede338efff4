"""Make strings that break careless programs: every kind of character, pieces of much code."""

from __future__ import annotations

import sys
import unicodedata
from itertools import product
from pathlib import Path

_WORDS = [
    "null", "NULL", "None", "nil", "undefined", "true", "false", "NaN", "-NaN", "Infinity",
    "-Infinity", "inf", "0", "-0", "-1", "1/0", "0/0", "1e999", "-1e-999", "0x0",
    "0xffffffff", "1_000", "1,000.00", "1.000,00", "١٢٣", "²³", "Ⅷ", "½", "00123", "+7",
    "8e10", "CON", "NUL", "..", ".", "~", "/", "\\", "|", "hasOwnProperty", "constructor",
    "__proto__", "then", "toString", "__class__", "__init__", "select", "order", "table",
    "group",
]  # fmt: skip
_SPACES = [" ", "\t", "\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u00a0", "\u1680",
           "\u180e", "\u2000", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff",
           "\u200b", "\u200c", "\u200d", "\u2060", "\u00ad"]  # fmt: skip
_QUOTES = ["'", '"', "`", "''", '""', "'\"'", "\\'", '\\"', "«»", "‘’", "“”", "﹩", "＇", "′"]
_CODE = [
    "{open}script{close}alert(1){open}/script{close}",
    "{quote}{close}{open}img src=x onerror=f(){close}",
    "{open}svg/onload=f(){close}", "{open}!--", "--{close}", "{open}![CDATA[", "]]{close}",
    "javascript:f()", "{quote} OR 1=1 --", "{quote}; DROP TABLE client; --", "%27%20OR%201=1",
    "1); DELETE FROM client WHERE (1=1", "$(reboot)", "`reboot`", "; ls -la", "|| true", "&& true",
    "{quote}{quote}{quote}", "%s%s%n", "%(name)s", "%d %x %", "{{{{7*7}}}}", "${{7*7}}", "#{{7*7}}",
    "<%= 7*7 %>", "{{% raw %}}", "{{0}}", "{{}}", "../../../../etc/passwd", "..\\..\\boot.ini",
    "file:///etc/passwd", "=1+1", "+1+1", "-1+1", "@SUM(1;1)", "=cmd|' /C calc'!A0", "\tx", "\rx",
    "&lt;b&gt;", "&#60;", "&amp;amp;", "&nbsp;", "\\u003cb\\u003e", "\\x3cb", "%3Cb%3E",
    "a%00b", "\\0", "\\", "\\\\", "^$.*+?[]()|", "*)(uid=*", "]])>", "a;b;c", "a,b,c", '"a","b"',
    "Content-Type: text/html\r\n\r\n<b>", "Subject: x\nBcc: a@example.com",
]  # fmt: skip
_SCRIPTS = [
    "Ёжик ёЁ", "Щъркел", "İstanbul ıI", "ſtraße ẞ", "ŒUVRE œ", "ΌΣΟΣ ς", "أهلا وسهلا", "שלום",
    "ภาษาไทย", "हिन्दी", "中文漢字", "日本語ｶﾀｶﾅ", "한국어 한국어", "𝒜𝓁𝓅𝒽𝒶", "ａｂｃ", "ﬃ ﬀ", "ǅ ǆ",
    "👩‍👩‍👧‍👦", "🇧🇬🇷🇺", "👍🏿", "❤️", "1️⃣", "e\u0301\u0327",
    "Z̸̢̛a̷l̴g̵o̶" * 5, "\u202eabc\u202c", "\u2066x\u2069",
    "a\u0300" * 40, "ﷺ" * 10, "𐍈𐎠", "\U0010ffff", "\ue000", "\ufffd", "\ufffe", "\uffff", "\ufdd0",
]  # fmt: skip


def strings(folder: Path | None = None) -> list[str]:
    """Return at least 515 strings, none of them blank; those of a folder of real ones too."""
    found = [*_WORDS, *_SCRIPTS, *_QUOTES]
    signs = {"open": "<", "close": ">"}
    found += [text.format(quote=quote, **signs) for text in _CODE for quote in ("'", '"')]
    found += [f"{left}слово{right}" for left, right in product(_SPACES[:12], _SPACES[12:])]
    found += [f"a{space}b" for space in _SPACES]
    found += [f"а{sign}б" for sign in _of_each_category()]
    found += ["x" * 255, "Щ" * 255, "😀" * 255, "\u0301" * 200, "a b " * 60]
    if folder is not None:
        for path in sorted([*folder.glob("payloads/*.txt"), folder / "csv_injection.txt"]):
            found += path.read_text(encoding="utf-8", errors="replace").splitlines()
    kept = [text for text in dict.fromkeys(found) if text.strip() and "\0" not in text]
    assert len(kept) >= 515, len(kept)
    return kept


def _of_each_category() -> list[str]:
    """Return the first and the last few characters of every category of Unicode."""
    found: dict[str, list[str]] = {}
    for code in range(1, sys.maxunicode + 1):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category != "Cs":
            found.setdefault(category, []).append(sign)
    return [sign for signs in found.values() for sign in [*signs[:4], *signs[-4:]]]
