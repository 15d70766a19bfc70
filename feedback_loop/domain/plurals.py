"""Singular and plural of English names, as entities and paths write them (C17).

A plural is made by rule from a singular, where it can be told; a singular is taken from a table alone, for
nothing is cut from a word blindly: `status`, `series` and `news` are no plurals.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PART = re.compile(r"[A-Z]+(?![^\WA-Z\d_])|[A-Z]?[^\WA-Z_]+")
_LONGEST = 200  # characters: nobody named anything longer

_Y = """
    ability activity agency allergy anomaly army assembly authority baby battery beneficiary berry body
    capability category charity cherry city community company copy country county currency delivery dependency
    dictionary directory discovery enquiry entity entry facility factory faculty family gallery history
    identity industry inquiry inventory itinerary jury laboratory lady library liability lottery memory
    opportunity party penalty pharmacy policy priority property proxy quality quantity query rally registry
    reply repository responsibility salary secretary security specialty story strategy subcategory subsidiary
    summary supply technology territory treaty university utility vacancy victory warranty
"""
_ES = """
    access address alias atlas bias bonus box branch bus business campus canvas census class coach complex
    dish excess fax fix gas glass harness hero illness inbox index iris lens loss mailbox match mix pass
    patch potato prefix princess process sandbox search status success suffix switch syllabus tax tomato
    virus waitress watch weakness witness
"""
_IRREGULAR = """
    alumni:alumnus analyses:analysis appendices:appendix axes:axis bacteria:bacterium cacti:cactus
    calves:calf children:child crises:crisis criteria:criterion curricula:curriculum diagnoses:diagnosis
    dice:die elves:elf emphases:emphasis errata:erratum feet:foot foci:focus fungi:fungus geese:goose
    halves:half hypotheses:hypothesis indices:index knives:knife lives:life loaves:loaf matrices:matrix
    memoranda:memorandum men:man mice:mouse neuroses:neurosis nuclei:nucleus oases:oasis oxen:ox
    parentheses:parenthesis people:person persons:person phenomena:phenomenon prognoses:prognosis
    quizzes:quiz radii:radius scarves:scarf schemata:schema selves:self shelves:shelf stimuli:stimulus
    strata:stratum syllabi:syllabus synopses:synopsis syntheses:synthesis teeth:tooth theses:thesis
    thieves:thief vertices:vertex vortices:vortex wives:wife wolves:wolf women:woman
"""
_SINGULARS = (
    {word[:-1] + "ies": word for word in _Y.split()}
    | {word + "es": word for word in _ES.split()}
    | dict(pair.split(":") for pair in _IRREGULAR.split())
)
_SAME = ("data", "equipment", "feedback", "information", "media", "metadata", "news", "series", "species")
_NO_PLURALS = frozenset((*_SAME, *_SINGULARS.values()))  # `status` is not the plural of `statu`


def singular(word: str) -> str:
    """The word, or the last part of a compound, in the singular if the table knows it; else as it is.

    `product-categories` is `product-category`, `Statuses` is `Status`, `products` stays.
    """
    found = _PART.findall(word[:_LONGEST])
    if not found or not word.endswith(found[-1]) or len(word) > _LONGEST:
        return word
    last = found[-1]
    known = _SINGULARS.get(last.lower())
    if known is None:
        return word
    made = known.capitalize() if last[0].isupper() else known
    return word[: len(word) - len(last)] + made


def name_key(name: str) -> str:
    """The name without case and separators: ProductCategory and product_category have the same one."""
    return "".join(_PART.findall(name[:_LONGEST])).casefold()


@lru_cache(maxsize=4096)
def plural_keys(name: str) -> frozenset[str]:
    """The keys of what the name may be called in the plural, by rule and by the table."""
    found = _PART.findall(name[:_LONGEST])
    if not found:
        return frozenset()
    head, last = "".join(found[:-1]).casefold(), found[-1].casefold()
    return frozenset(head + plural for plural in _plurals(last))


def alike(one: str, other: str) -> bool:
    """Whether two names are the same one, in whatever spelling and number."""
    keys = name_key(one), name_key(other)
    if not all(keys):
        return False
    return keys[0] == keys[1] or keys[0] in plural_keys(other) or keys[1] in plural_keys(one)


def _plurals(word: str) -> set[str]:
    if word in _SAME:
        return {word}
    found = {plural for plural, known in _SINGULARS.items() if known == word}
    if len(word) > 1 and word.endswith("y") and word[-2] not in "aeiou":
        return found | {word[:-1] + "ies"}
    if word.endswith("sis"):
        return found | {word[:-2] + "es"}
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return found | {word + "es"}
    made = {word + "s", word + "es"} if word.endswith("o") else {word + "s"}
    return found | (made - _NO_PLURALS)
