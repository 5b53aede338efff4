"""Know the legal forms of firms, which say nothing about whose name it is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from kartoteka.matching.spelling import skeleton

#: Abbreviations that are left out wherever they stand in a name.
_ANYWHERE = """
    ооо оао зао пао нао тоо одо фгуп гуп муп фгбу фгку фгбоу гбу гбук гбоу мбу мбук мбоу мбдоу мку
    мкоу чоп нко ано снт тсж тсн жск гск сппк пбоюл кфх тов пат прат ват чтуп чуп сооо
    мдоу мадоу маоу мау мук моу гоу гоау гдоу гбдоу гбпоу гапоу гку гкоу гаусо огбу огку огоу фгу
    фку фкп фгау фгаоу фгобу фбу сппсс спк пкооп таа
    еоод оод еад адсиц дззд сд
    ooo oao zao pao eood ood ead llc ltd llp plc inc incorporated corp corporation jsc ojsc cjsc
    pjsc pvt pte pty bhd gmbh ggmbh mbh ohg kgaa sarl sas sasu eurl srl srls spa snc sro spol doo
    dooel aps kft zrt nyrt oyj uab sia oü scarl bvba llc limited unlimited
    pllc ltda eirl eireli sprl cvba cvoa scpa sicav asbl shpk sdn gbr egbr partg kdör aör gug gag
    vvag stg kht kkt bt adsic mmc fzco fze dmcc uü mtü vos sll slne sapi suarl sarlu tbk şti sti
    koll dnnn haao ultd jdoo oaj yoaj tnhh мчж шпс jscb saog saoc qsc ehf oeg
    """
#: Too short, or too much like a word, to be left out anywhere but at an edge of a name.
_AT_AN_EDGE = """
    ао ип чп фоп гп мп пт ад ет кд зат ат кх пк нп
    ip ao ad et co company ag kg ug ev eg se sa sl slu slp as asa ab oy ou nv bv cv vof ks da ans sh
    pc lp kk kd rt zoo
    dd sad sau scs sca sce gie pp od xk ry tü fie
    """
#: What is written out, in the folded words of a name. The longest is tried first.
_WRITTEN_OUT = """
общество с ограниченной ответственностью
общество с дополнительной ответственностью
товарищество с ограниченной ответственностью
товарищество собственников жилья
товарищество собственников недвижимости
публичное акционерное общество
непубличное акционерное общество
открытое акционерное общество
закрытое акционерное общество
акционерное общество
акционерное общество открытого типа
акционерное общество закрытого типа
полное товарищество
индивидуальный предприниматель
предприниматель без образования юридического лица
частное предприятие
частное унитарное предприятие
крестьянское фермерское хозяйство
производственный кооператив
потребительский кооператив
некоммерческое партнерство
автономная некоммерческая организация
федеральное государственное унитарное предприятие
государственное унитарное предприятие
муниципальное унитарное предприятие
федеральное государственное бюджетное учреждение
государственное бюджетное учреждение
государственное бюджетное учреждение культуры
государственное автономное учреждение
муниципальное бюджетное учреждение
муниципальное автономное учреждение
муниципальное казенное учреждение
товариство з обмеженою відповідальністю
публічне акціонерне товариство
приватне акціонерне товариство
приватне підприємство
фізична особа підприємець
таварыства з абмежаванай адказнасцю
жауапкершілігі шектеулі серіктестігі
дружество с ограничена отговорност
еднолично дружество с ограничена отговорност
акционерно дружество
еднолично акционерно дружество
събирателно дружество
командитно дружество
едноличен търговец
druzhestvo s ogranichena otgovornost
obshchestvo s ogranichennoy otvetstvennostyu
limited liability company
limited liability partnership
limited liability co
public limited company
private limited company
private limited
company limited
joint stock company
open joint stock company
closed joint stock company
public joint stock company
limited partnership
general partnership
sole proprietorship
gesellschaft mit beschränkter haftung
gesellschaft bürgerlichen rechts
kommanditgesellschaft
offene handelsgesellschaft
eingetragener verein
eingetragene genossenschaft
eingetragener kaufmann
aktiengesellschaft
société à responsabilité limitée
société par actions simplifiée
société anonyme
sociedad de responsabilidad limitada
sociedad limitada
sociedad anónima
sociedade limitada
sociedade anónima
società a responsabilità limitata
società per azioni
spółka z ograniczoną odpowiedzialnością
spółka akcyjna
spółka komandytowa
spółka jawna
společnost s ručením omezeným
akciová společnost
sp z o o
s a de c v
s de r l de c v
s a p i de c v
spol s r o
společnost s r o
drustvo s ogranicenom odgovornoscu
društvo s ograničenom odgovornošću
osakeyhtiö
aktiebolag
aktieselskab
anpartsselskab
naamloze vennootschap
besloten vennootschap
societate cu răspundere limitată
uždaroji akcinė bendrovė
sabiedrība ar ierobežotu atbildību
osaühing
limited şirketi
anonim şirketi
"""


#: What is left between a name and a form: «Müller & Co. KG».
_BETWEEN = frozenset(("and", "und", "i", "et"))


@lru_cache(maxsize=1)
def _forms() -> tuple[frozenset[str], frozenset[str], dict[str, list[tuple[str, ...]]]]:
    """Return the forms as skeletons: those anywhere, those at an edge, the written ones."""
    anywhere = frozenset(map(skeleton, _ANYWHERE.split()))
    at_an_edge = frozenset(map(skeleton, _AT_AN_EDGE.split()))
    phrases = {tuple(map(skeleton, line.split())) for line in _WRITTEN_OUT.strip().splitlines()}
    by_start: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted(phrases, key=lambda words: (-len(words), words)):
        by_start.setdefault(phrase[0][:3], []).append(phrase)
    return anywhere, at_an_edge, by_start


def without_legal_forms(words: Sequence[str]) -> tuple[str, ...]:
    """Return the skeletons of a name's words without legal forms; all when there is nothing else.

    Letters with points or spaces between them (G.m.b.H., О О О) are read as one abbreviation, and
    slips in forms that are written out are overlooked.
    """
    marks = 0
    for word in words:
        if len(word) == 1 or not word.isdigit():  # numbers are many and would fill what is known
            marks |= _mark(word)
    kept = tuple(words)
    if not marks:
        return kept
    if marks == _IS_FORM:
        return _without_abbreviations(kept) or kept
    while kept != (fewer := _stripped(kept)):
        if not fewer:
            break
        kept = fewer
    return kept


#: What a word may be: an abbreviation of a form, a part of one, the start of one written out.
_IS_FORM, _IS_LETTER, _IS_START = 1, 2, 4


@lru_cache(maxsize=1 << 17)
def _mark(word: str) -> int:
    anywhere, at_an_edge, by_start = _forms()
    return (
        _IS_FORM * (word in anywhere or word in at_an_edge)
        | _IS_LETTER * (len(word) == 1)
        | _IS_START * any(_is_form_word(word, phrase[0]) for phrase in by_start.get(word[:3], ()))
    )


def _stripped(words: Sequence[str]) -> tuple[str, ...]:
    anywhere, at_an_edge, by_start = _forms()
    kept = _without_phrases(words, by_start)
    kept = _joined_letters(kept, anywhere | at_an_edge)
    return _without_abbreviations(kept)


def _without_abbreviations(words: Sequence[str]) -> tuple[str, ...]:
    anywhere, at_an_edge, _by_start = _forms()
    kept = [word for word in words if word not in anywhere]
    was = len(kept) + 1
    while kept and len(kept) < was:
        was = len(kept)
        if kept[-1] in at_an_edge:
            kept.pop()
            while kept and kept[-1] in _BETWEEN:
                kept.pop()
        if kept and kept[0] in at_an_edge:
            kept.pop(0)
    return tuple(kept)


def _without_phrases(words: Sequence[str], by_start: dict[str, list[tuple[str, ...]]]) -> list[str]:
    kept: list[str] = []
    at = 0
    while at < len(words):
        for phrase in by_start.get(words[at][:3], ()):
            there = words[at : at + len(phrase)]
            if len(there) == len(phrase) and all(map(_is_form_word, there, phrase)):
                at += len(phrase)
                break
        else:
            kept.append(words[at])
            at += 1
    return kept


def _is_form_word(word: str, form: str) -> bool:
    if word == form:
        return True
    return len(form) > 5 and len(word) > 5 and OSA.distance(word, form, score_cutoff=2) <= 2


def _joined_letters(words: list[str], forms: frozenset[str]) -> list[str]:
    """Join runs of single letters that make an abbreviation of a legal form."""
    if not any(len(word) == 1 for word in words):
        return words
    kept: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            run.append(word)
            continue
        joined = "".join(run)
        kept += [joined] if len(run) > 1 and joined in forms else run
        run = []
        kept.append(word)
    return kept[:-1]
