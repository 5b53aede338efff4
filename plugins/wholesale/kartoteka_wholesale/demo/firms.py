"""Make up firms: what they are called, in which form, under which tax number, where."""

from __future__ import annotations

from kartoteka_wholesale.demo import identity
from kartoteka_wholesale.demo.card import Card, Scene


def name(scene: Scene, card: Card) -> None:
    """Give a client its name, legal form, tax number and the name of its host."""
    if card.country.code == "RU":
        _russian(scene, card)
    else:
        _bulgarian(scene, card)
    card.host = f"{identity.latin(card.core)}.example"


def address(scene: Scene, card: Card) -> str:
    """Return a postal address in the client's city."""
    chance, words = scene.chance, card.country.words
    street, house = scene.pick(words.STREETS), 1 + int(chance() * 140)
    if card.country.code == "BG":
        return f"гр. {card.city.name}, {street} № {house}"
    rest = f", оф. {1 + int(chance() * 400)}" if chance() < 0.4 else ""
    return f"г. {card.city.name}, ул. {street}, д. {house}{rest}"


def person(scene: Scene, card: Card) -> str:
    """Return the full name of somebody who works at the client."""
    chance, words = scene.chance, card.country.words
    woman = chance() < 0.55
    given = scene.pick(words.WOMEN if woman else words.MEN)
    family = scene.pick(words.SURNAMES) + ("а" if woman else "")
    if card.country.code == "BG":
        return f"{given} {family}"
    return f"{family} {given} {scene.pick(words.FATHERS)[woman]}"


def _russian(scene: Scene, card: Card) -> None:
    chance, pick, words = scene.chance, scene.pick, card.country.words
    small = card.potential < 2.2
    if small and chance() < 0.32:
        woman = chance() < 0.5
        family = pick(words.SURNAMES)
        given = pick(words.WOMEN if woman else words.MEN)
        father = pick(words.FATHERS)[0]
        card.name = f"ИП {family}{'а' if woman else ''} {given[0]}. {father[0]}."
        card.core, card.legal_form, card.is_person = family, "ИП", True
        card.tax_id = identity.inn_of_person(card.place.tax_code, card.id)
        return
    card.core = _russian_core(scene, card)
    roll = chance()
    card.legal_form = "ООО" if roll < 0.82 else "АО" if roll < 0.94 else "ЗАО"
    lead = ""
    if card.kind != "other" and chance() < 0.25:
        lead = f"{pick(words.SHOP_WORDS if card.kind == 'shop' else words.MAKER_WORDS)} "
        lead = lead[0].lower() + lead[1:]
    card.name = f"{card.legal_form} {lead}«{card.core}»"
    card.tax_id = identity.inn_of_firm(card.place.tax_code, card.id)


def _russian_core(scene: Scene, card: Card) -> str:
    chance, pick, words = scene.chance, scene.pick, card.country.words
    roll = chance()
    if roll < 0.5:
        first, last = pick(words.FIRST_PARTS), pick(words.LAST_PARTS)
        if first[-1] in "аеоуя" or last[0] in "аеёиоуэюя":
            return f"{first}-{last.capitalize()}"
        return first + last
    if roll < 0.88:
        noun, gender = pick(words.NOUNS)
        return f"{pick(words.ADJECTIVES)[gender]} {noun}"
    if roll < 0.95:
        return f"{pick(words.SURNAMES)} и партнёры"
    return f"{card.city.name} {pick(words.LAST_PARTS)}"


def _bulgarian(scene: Scene, card: Card) -> None:
    chance, pick, words = scene.chance, scene.pick, card.country.words
    card.tax_id = identity.eik(card.id)
    roll = chance()
    if card.potential < 2.2 and roll < 0.22:
        given, family = pick(words.MEN), pick(words.SURNAMES)
        card.name = f"ЕТ „{given} {family}“"
        card.core, card.legal_form, card.is_person = f"{given} {family}", "ЕТ", True
        return
    if roll < 0.45:
        card.core = pick(words.NAMES)
    elif roll < 0.9:
        card.core = f"{pick(words.FIRST_PARTS)} {pick(words.LAST_PARTS)}"
    else:
        card.core = f"{pick(words.SURNAMES)} и синове"
    roll = chance()
    card.legal_form = "ЕООД" if roll < 0.5 else "ООД" if roll < 0.85 else "АД"
    card.name = f"„{card.core}“ {card.legal_form}"
    if card.kind != "other" and chance() < 0.15:
        lead = pick(words.SHOP_WORDS if card.kind == "shop" else words.MAKER_WORDS)
        card.name = f"{lead} {card.name}"
