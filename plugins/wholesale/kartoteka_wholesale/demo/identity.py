"""Numbers a firm is known by: tax numbers with right check digits, telephone numbers, addresses."""

from __future__ import annotations

from collections.abc import Callable

from kartoteka_wholesale.demo.word_lists import words

MOBILE_RU = words(
    "903 905 906 909 910 912 913 915 916 917 918 919 920 921 922 923 924 925 926 927 928 929 950 "
    "951 952 953 960 961 962 963 964 965 967 968 980 981 982 983 985 987 988 989 999"
)
MOBILE_BG = ("87", "88", "89")
#: Digits of a Bulgarian number behind the code of a city, by the length of the code.
_BG_LENGTH = {1: 7, 2: 6, 3: 5}
_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "sch", "ъ": "a", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", " ": "-", ".": "",
    "«": "", "»": "", "„": "", "“": "", "—": "-", ",": "", "-": "-", "&": "",
}  # fmt: skip
_TO_LATIN = str.maketrans(_LATIN)
Random = Callable[[], float]


def scattered(number: int, size: int) -> int:
    """Return a number below `size` (a power of ten) that no other number below `size` gives."""
    return (number * 7_368_787 + 1_234_567) % size


def inn_of_firm(tax_code: str, number: int) -> str:
    """Return the INN (10 digits) of a firm: the region's code, a serial number, a check digit."""
    body = f"{tax_code}{scattered(number, 10**7):07d}"
    return body + str(_weighed(body, _INN_10))


def inn_of_person(tax_code: str, number: int) -> str:
    """Return the INN (12 digits) of an entrepreneur."""
    body = f"{tax_code}{scattered(number, 10**8):08d}"
    body += str(_weighed(body, _INN_11))
    return body + str(_weighed(body, _INN_12))


def eik(number: int) -> str:
    """Return the EIK (9 digits) of a Bulgarian firm."""
    body = f"{1 + number % 2}{scattered(number, 10**7):07d}"
    figures = [int(figure) for figure in body]
    check = sum((place + 1) * figure for place, figure in enumerate(figures)) % 11
    if check == 10:
        check = sum((place + 3) * figure for place, figure in enumerate(figures)) % 11 % 10
    return body + str(check)


def mobile_ru(random: Random) -> tuple[str, str]:
    """Return a Russian mobile number as typed and as E.164."""
    code = MOBILE_RU[int(random() * len(MOBILE_RU))]
    tail = str(10_000_000 + int(random() * 10_000_000))[1:]
    return _typed_ru(code, tail, random), f"+7{code}{tail}"


def fixed_ru(city_code: str, random: Random) -> tuple[str, str]:
    """Return a Russian city number as typed and as E.164; some with an extension."""
    length = 10 - len(city_code)
    tail = str(int((2 + random() * 8) * 10 ** (length - 1)))
    typed, number = _typed_ru(city_code, tail, random), f"+7{city_code}{tail}"
    if random() < 0.12:
        extension = str(100 + int(random() * 300))
        return f"{typed} доб. {extension}", f"{number};ext={extension}"
    return typed, number


def mobile_bg(random: Random) -> tuple[str, str]:
    """Return a Bulgarian mobile number as typed and as E.164."""
    code = MOBILE_BG[int(random() * 3)]
    return _typed_bg(code, str(10_000_000 + int(random() * 10_000_000))[1:], random)


def fixed_bg(city_code: str, random: Random) -> tuple[str, str]:
    """Return a Bulgarian city number as typed and as E.164."""
    length = _BG_LENGTH[len(city_code)]
    return _typed_bg(city_code, str(int((6 + random() * 4) * 10 ** (length - 1))), random)


def latin(text: str) -> str:
    """Return a Cyrillic name in Latin letters, fit for the name of a host."""
    return text.lower().translate(_TO_LATIN).strip("-")


def _weighed(body: str, weights: tuple[int, ...]) -> int:
    return sum(w * int(figure) for w, figure in zip(weights, body, strict=True)) % 11 % 10


def _typed_ru(code: str, tail: str, random: Random) -> str:
    cut = len(tail) - 4
    split = f"{tail[:cut]}-{tail[cut : cut + 2]}-{tail[cut + 2 :]}"
    shape = int(random() * 6)
    if shape < 2:
        return f"+7 ({code}) {split}"
    if shape == 2:
        return f"8 ({code}) {split}"
    if shape == 3:
        return f"8-{code}-{split}"
    if shape == 4:
        return f"+7{code}{tail}"
    return f"8{code}{tail}"


def _typed_bg(code: str, tail: str, random: Random) -> tuple[str, str]:
    shape = int(random() * 3)
    if shape == 0:
        typed = f"+359 {code} {tail[:3]} {tail[3:]}"
    elif shape == 1:
        typed = f"+359{code}{tail}"
    else:
        typed = f"(+359) {code} {tail[:2]}-{tail[2:]}"
    return typed, f"+359{code}{tail}"
