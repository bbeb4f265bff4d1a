"""The link that lets a person choose a password: signed, valid once and for three days. No mail server is needed."""

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from estran.portal.organisations.models import Person


def password_link(person: Person) -> str:
    """The address of the page where this person chooses a password."""
    number = urlsafe_base64_encode(str(person.pk).encode())
    return reverse("choose_password", args=(number, default_token_generator.make_token(person)))


def token_owner(number: str, token: str) -> Person | None:
    """The person of a link that still holds, else None."""
    try:
        person = Person.objects.filter(pk=int(force_str(urlsafe_base64_decode(number))), is_active=True).first()
    except ValueError:
        return None
    return person if person and default_token_generator.check_token(person, token) else None
