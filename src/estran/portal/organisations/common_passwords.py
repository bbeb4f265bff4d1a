"""Passwords that are guessed first: Django's list of leaked ones, and the words French ones are made of."""

import re
import unicodedata
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from estran.common.language import _

WORDS = Path(__file__).with_suffix(".txt")
DISGUISES = str.maketrans("013457@$€", "oieastase")


class Validator(CommonPasswordValidator):
    """Refuses a common password, also with figures and signs around it, letters replaced, or written several times."""

    def __init__(self) -> None:
        super().__init__()
        self.passwords |= {line for line in WORDS.read_text("utf-8").splitlines() if not line.startswith("#")}

    def validate(self, password: str, user: object = None) -> None:
        """Accept the password, or say why not."""
        if not self.passwords.isdisjoint(core_words(password)):
            raise ValidationError(
                _("Ce mot de passe est parmi les premiers qu’on essaie, ou s’en écarte trop peu."),
                "password_too_common",
            )

    def get_help_text(self) -> str:
        """What is asked, in words."""
        return _("pas un mot de passe courant, même suivi de chiffres")


def core_words(password: str) -> set[str]:
    """What a password is made of: itself, without what surrounds it, without disguise, one of its repeats."""
    plain = unicodedata.normalize("NFKD", password.lower().strip())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    bare = {re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text) for text in (plain, plain.translate(DISGUISES))}
    bare |= {text.translate(DISGUISES) for text in bare} | {plain}
    bare |= {re.sub(r"[\W\d_]+", "", text) for text in bare}
    return (bare | {re.sub(r"^(.{3,}?)\1+$", r"\1", text) for text in bare}) - {""}
