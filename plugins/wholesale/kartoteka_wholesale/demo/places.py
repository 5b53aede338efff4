"""Where the demo's clients are: Russian regions and Bulgarian provinces with codes and cities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A city: its name, its telephone code, the streets share one list per country."""

    name: str
    phone_code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A region or province in which clients are.

    Args:
        okato: code of the region in the Russian classifier, 2 digits; the rest are zeros.
        tax_code: first two digits of a Russian tax number issued there.
        weight: share of clients, relative to the other places of the country.
    """

    name: str
    iso_code: str
    parent: str
    time_zone: str
    cities: tuple[City, ...]
    weight: int
    okato: str = ""
    tax_code: str = ""
    ekatte: str = ""
    nuts: str = ""


DISTRICTS = (
    "Центральный федеральный округ",
    "Северо-Западный федеральный округ",
    "Южный федеральный округ",
    "Северо-Кавказский федеральный округ",
    "Приволжский федеральный округ",
    "Уральский федеральный округ",
    "Сибирский федеральный округ",
    "Дальневосточный федеральный округ",
)
_C, _NW, _S, _NC, _V, _U, _SIB, _FE = DISTRICTS


def _ru(
    name: str, iso: str, parent: str, okato: str, tax: str, zone: str, weight: int, *cities: str
) -> Place:
    return Place(
        name=name, iso_code=f"RU-{iso}", parent=parent, okato=okato, tax_code=tax,
        time_zone=zone, weight=weight,
        cities=tuple(City(*city.rsplit(" ", 1)) for city in cities),
    )  # fmt: skip


def _bg(
    name: str, number: int, region: str, ekatte: str, nuts: str, weight: int, *cities: str
) -> Place:
    return Place(
        name=name, iso_code=f"BG-{number:02d}", parent=region, ekatte=ekatte, nuts=nuts,
        time_zone="Europe/Sofia", weight=weight,
        cities=tuple(City(*city.rsplit(" ", 1)) for city in cities),
    )  # fmt: skip


RUSSIA = (
    _ru("Москва", "MOW", _C, "45", "77", "Europe/Moscow", 14, "Москва 495", "Москва 499"),
    _ru("Московская область", "MOS", _C, "46", "50", "Europe/Moscow", 8, "Химки 495",
        "Мытищи 495", "Подольск 495", "Балашиха 495"),
    _ru("Белгородская область", "BEL", _C, "14", "31", "Europe/Moscow", 2, "Белгород 472"),
    _ru("Владимирская область", "VLA", _C, "17", "33", "Europe/Moscow", 2, "Владимир 492",
        "Муром 492"),
    _ru("Воронежская область", "VOR", _C, "20", "36", "Europe/Moscow", 4, "Воронеж 473"),
    _ru("Калужская область", "KLU", _C, "29", "40", "Europe/Moscow", 2, "Калуга 484",
        "Обнинск 484"),
    _ru("Рязанская область", "RYA", _C, "61", "62", "Europe/Moscow", 2, "Рязань 491"),
    _ru("Тверская область", "TVE", _C, "28", "69", "Europe/Moscow", 2, "Тверь 482"),
    _ru("Тульская область", "TUL", _C, "70", "71", "Europe/Moscow", 2, "Тула 487"),
    _ru("Ярославская область", "YAR", _C, "78", "76", "Europe/Moscow", 3, "Ярославль 485",
        "Рыбинск 485"),
    _ru("Санкт-Петербург", "SPE", _NW, "40", "78", "Europe/Moscow", 9, "Санкт-Петербург 812"),
    _ru("Ленинградская область", "LEN", _NW, "41", "47", "Europe/Moscow", 2, "Гатчина 813",
        "Выборг 813"),
    _ru("Калининградская область", "KGD", _NW, "27", "39", "Europe/Kaliningrad", 2,
        "Калининград 401"),
    _ru("Вологодская область", "VLG", _NW, "19", "35", "Europe/Moscow", 2, "Вологда 817",
        "Череповец 820"),
    _ru("Архангельская область", "ARK", _NW, "11", "29", "Europe/Moscow", 1, "Архангельск 818"),
    _ru("Краснодарский край", "KDA", _S, "03", "23", "Europe/Moscow", 6, "Краснодар 861",
        "Сочи 862", "Новороссийск 861"),
    _ru("Ростовская область", "ROS", _S, "60", "61", "Europe/Moscow", 5, "Ростов-на-Дону 863",
        "Таганрог 863"),
    _ru("Волгоградская область", "VGG", _S, "18", "34", "Europe/Volgograd", 3,
        "Волгоград 8442"),
    _ru("Ставропольский край", "STA", _NC, "07", "26", "Europe/Moscow", 3, "Ставрополь 865",
        "Пятигорск 879"),
    _ru("Республика Башкортостан", "BA", _V, "80", "02", "Asia/Yekaterinburg", 4, "Уфа 347",
        "Стерлитамак 347"),
    _ru("Республика Татарстан", "TA", _V, "92", "16", "Europe/Moscow", 5, "Казань 843",
        "Набережные Челны 855"),
    _ru("Удмуртская Республика", "UD", _V, "94", "18", "Europe/Samara", 2, "Ижевск 341"),
    _ru("Нижегородская область", "NIZ", _V, "22", "52", "Europe/Moscow", 4,
        "Нижний Новгород 831", "Дзержинск 831"),
    _ru("Пермский край", "PER", _V, "57", "59", "Asia/Yekaterinburg", 3, "Пермь 342"),
    _ru("Самарская область", "SAM", _V, "36", "63", "Europe/Samara", 4, "Самара 846",
        "Тольятти 848"),
    _ru("Саратовская область", "SAR", _V, "63", "64", "Europe/Saratov", 2, "Саратов 845",
        "Энгельс 845"),
    _ru("Оренбургская область", "ORE", _V, "53", "56", "Asia/Yekaterinburg", 1,
        "Оренбург 353"),
    _ru("Свердловская область", "SVE", _U, "65", "66", "Asia/Yekaterinburg", 6,
        "Екатеринбург 343", "Нижний Тагил 343"),
    _ru("Тюменская область", "TYU", _U, "71", "72", "Asia/Yekaterinburg", 3, "Тюмень 345"),
    _ru("Челябинская область", "CHE", _U, "75", "74", "Asia/Yekaterinburg", 4,
        "Челябинск 351", "Магнитогорск 351"),
    _ru("Алтайский край", "ALT", _SIB, "01", "22", "Asia/Barnaul", 2, "Барнаул 385"),
    _ru("Красноярский край", "KYA", _SIB, "04", "24", "Asia/Krasnoyarsk", 3,
        "Красноярск 391"),
    _ru("Иркутская область", "IRK", _SIB, "25", "38", "Asia/Irkutsk", 2, "Иркутск 395"),
    _ru("Кемеровская область — Кузбасс", "KEM", _SIB, "32", "42", "Asia/Novokuznetsk", 2,
        "Кемерово 384", "Новокузнецк 384"),
    _ru("Новосибирская область", "NVS", _SIB, "50", "54", "Asia/Novosibirsk", 5,
        "Новосибирск 383"),
    _ru("Омская область", "OMS", _SIB, "52", "55", "Asia/Omsk", 2, "Омск 381"),
    _ru("Приморский край", "PRI", _FE, "05", "25", "Asia/Vladivostok", 2, "Владивосток 423"),
    _ru("Хабаровский край", "KHA", _FE, "08", "27", "Asia/Vladivostok", 1, "Хабаровск 421"),
)  # fmt: skip

#: NUTS 2 regions of Bulgaria.
PLANNING_REGIONS = {
    "BG31": "Северозападен район",
    "BG32": "Северен централен район",
    "BG33": "Североизточен район",
    "BG34": "Югоизточен район",
    "BG41": "Югозападен район",
    "BG42": "Южен централен район",
}

BULGARIA = (
    _bg("Благоевград", 1, "BG41", "04279", "BG413", 3, "Благоевград 73"),
    _bg("Бургас", 2, "BG34", "07079", "BG341", 7, "Бургас 56"),
    _bg("Варна", 3, "BG33", "10135", "BG331", 8, "Варна 52"),
    _bg("Велико Търново", 4, "BG32", "10447", "BG321", 3, "Велико Търново 62"),
    _bg("Видин", 5, "BG31", "10971", "BG311", 1, "Видин 94"),
    _bg("Враца", 6, "BG31", "12259", "BG313", 1, "Враца 92"),
    _bg("Габрово", 7, "BG32", "14218", "BG322", 2, "Габрово 66"),
    _bg("Добрич", 8, "BG33", "72624", "BG332", 2, "Добрич 58"),
    _bg("Кърджали", 9, "BG42", "40909", "BG425", 1, "Кърджали 361"),
    _bg("Кюстендил", 10, "BG41", "41112", "BG415", 1, "Кюстендил 78"),
    _bg("Ловеч", 11, "BG31", "43952", "BG315", 1, "Ловеч 68"),
    _bg("Монтана", 12, "BG31", "48489", "BG312", 1, "Монтана 96"),
    _bg("Пазарджик", 13, "BG42", "55155", "BG423", 2, "Пазарджик 34"),
    _bg("Перник", 14, "BG41", "55871", "BG414", 1, "Перник 76"),
    _bg("Плевен", 15, "BG31", "56722", "BG314", 3, "Плевен 64"),
    _bg("Пловдив", 16, "BG42", "56784", "BG421", 11, "Пловдив 32"),
    _bg("Разград", 17, "BG32", "61710", "BG324", 1, "Разград 84"),
    _bg("Русе", 18, "BG32", "63427", "BG323", 4, "Русе 82"),
    _bg("Силистра", 19, "BG32", "66425", "BG325", 1, "Силистра 86"),
    _bg("Сливен", 20, "BG34", "67338", "BG342", 2, "Сливен 44"),
    _bg("Смолян", 21, "BG42", "67653", "BG424", 1, "Смолян 301"),
    _bg("София (столица)", 22, "BG41", "68134", "BG411", 22, "София 2"),
    _bg("Софийска област", 23, "BG41", "", "BG412", 2, "Самоков 722", "Ботевград 723"),
    _bg("Стара Загора", 24, "BG34", "68850", "BG344", 4, "Стара Загора 42", "Казанлък 431"),
    _bg("Търговище", 25, "BG33", "73626", "BG334", 1, "Търговище 601"),
    _bg("Хасково", 26, "BG42", "77195", "BG422", 2, "Хасково 38"),
    _bg("Шумен", 27, "BG33", "83510", "BG333", 2, "Шумен 54"),
    _bg("Ямбол", 28, "BG34", "87374", "BG343", 1, "Ямбол 46"),
)
