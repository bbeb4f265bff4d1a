"""The second factor: codes of an application (TOTP), and recovery codes for the day the phone is lost (django-otp).

Recovery codes are drawn at random, shown once, and kept as a keyed digest: the database alone gives none back.
"""

import secrets
from base64 import b32encode

import segno
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from estran.portal.organisations.models import Person
from estran.portal.organisations.sessions import opened_by_password

CODES = 8
CODE_BYTES = 15  # 24 letters and digits: 120 bits
PASSED = "second_factor"


def is_on(person: Person) -> bool:
    """The person signs in with a second factor."""
    return TOTPDevice.objects.filter(user=person, confirmed=True).exists()


def is_missing(request: HttpRequest) -> bool:
    """The site asks administrators for a second factor, and this session has not passed one.

    The provider that opened a session answers for its own.
    """
    return settings.SECOND_FACTOR_ASKED and opened_by_password(request) and not request.session.get(PASSED)


def new_device(person: Person) -> TOTPDevice:
    """The application to enrol: not confirmed yet, the same until it is."""
    device, _new = TOTPDevice.objects.get_or_create(user=person, confirmed=False)
    return device


def draw(device: TOTPDevice) -> str:
    """The QR code of an application, as SVG."""
    return segno.make(device.config_url, error="m").svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None)


def secret(device: TOTPDevice) -> str:
    """What the QR code says, to type: base 32, in groups of four."""
    return _grouped(b32encode(device.bin_key).decode())


def confirm(person: Person, code: str) -> bool:
    """Turn the second factor on with a first code: the application replaces those before it."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user=person, confirmed=False).first()
        if device is None or not device.verify_token(_squeezed(code)):
            return False
        TOTPDevice.objects.filter(user=person, confirmed=True).delete()
        device.confirmed = True
        device.save()
    return True


def check(person: Person, code: str) -> bool:
    """The code is right: six digits of the application, else a recovery code, which then serves no more."""
    text = _squeezed(code)
    kind, token = (TOTPDevice, text) if text.isascii() and text.isdecimal() else (StaticDevice, _digest(text))
    with transaction.atomic():
        device = kind.objects.select_for_update().filter(user=person, confirmed=True).first()
        return bool(device and device.verify_token(token))


def make_recovery_codes(person: Person) -> list[str]:
    """New recovery codes, in place of those before."""
    codes = [b32encode(secrets.token_bytes(CODE_BYTES)).decode() for _n in range(CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=person).delete()
        device = StaticDevice.objects.create(user=person)
        StaticToken.objects.bulk_create([StaticToken(device=device, token=_digest(code)) for code in codes])
    return [_grouped(code) for code in codes]


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes still serve."""
    return StaticToken.objects.filter(device__user=person).count()


def turn_off(person: Person) -> None:
    """Forget the application and the recovery codes."""
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=person).delete()


def _squeezed(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


def _grouped(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _digest(code: str) -> str:
    """Sixteen letters: what the column holds."""
    digest = salted_hmac("estran.recovery-code", code, algorithm="sha256").digest()
    return b32encode(digest).decode()[:16]
