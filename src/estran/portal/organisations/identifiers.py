"""Numbers that France gives to bodies: the SIREN of an authority, the UAI of a school; what is wrong with one."""

import re

from estran.common.language import _

UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"  # the letter of a UAI: its number modulo 23


def compact_code(text: str) -> str:
    """A number without what people write between its digits, in capitals."""
    return re.sub(r"[\s.\-\u202f\xa0]", "", text).upper()


def siren_fault(siren: str) -> str:
    """What is wrong with a SIREN, empty when nothing is: nine digits whose last one is their check digit (Luhn)."""
    if not re.fullmatch(r"\d{9}", siren):
        return _("Un SIREN a neuf chiffres. Il est sur toute facture de la collectivité, en tête du SIRET.")
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(siren))]
    if sum(number - 9 * (number > 9) for number in doubled) % 10:
        return _("Ce SIREN ne se vérifie pas : un de ses chiffres est faux, ou deux sont échangés.")
    return ""


def uai_letter(digits: str) -> str:
    """The letter that ends the UAI of seven digits."""
    return UAI_LETTERS[int(digits) % len(UAI_LETTERS)]


def uai_fault(uai: str) -> str:
    """What is wrong with a UAI, empty when nothing is; a wrong letter is refused with the right one."""
    if not re.fullmatch(r"\d{7}[A-Z]", uai):
        return _("Un code UAI a sept chiffres et une lettre, comme 0750655E.")
    if (right := uai_letter(uai[:7])) != uai[7]:
        text = _("Le code UAI {uai} ne se vérifie pas : avec ces chiffres, la lettre est {letter}. Relisez-le.")
        return text.format(uai=uai, letter=right)
    return ""
