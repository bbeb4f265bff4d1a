"""Give someone access from the server: the first administrator, a forgotten password, a lost phone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.text import slugify

from estran.common.language import _
from estran.portal.organisations import passwords, second_factor, throttling
from estran.portal.organisations.models import Membership, Organisation, Person, Role


class Command(BaseCommand):
    """`python -m estran.portal account EMAIL --organisation NAME`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, where, in which role, and the address of the portal."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--organisation", help=_("nom de l’organisation, créée si elle n’existe pas"))
        parser.add_argument("--role", choices=[role.name.lower() for role in Role], default="administrator")
        parser.add_argument("--without-second-factor", action="store_true", help=_("retire son second facteur"))
        parser.add_argument("--site", default="http://127.0.0.1:8000")

    def handle(self, *args: Any, email: str, organisation: str | None, **options: Any) -> None:
        """Make what is missing, then print the link that lets this person choose a password."""
        with transaction.atomic():
            person = Person.objects.filter(email=email.strip().lower()).first()
            person = person or Person.objects.create_user(email, name=options["name"])
            if organisation:
                slug = {"slug": slugify(organisation)[:60]}
                place, _new = Organisation.objects.get_or_create(name=organisation, defaults=slug)
                role = {"role": Role[options["role"].upper()]}
                Membership.objects.update_or_create(organisation=place, person=person, defaults=role)
            if options["without_second_factor"]:
                second_factor.turn_off(person)
                throttling.record_for(person, _("a perdu son second facteur, retiré depuis le serveur"))
        self.stdout.write(_("Lien pour choisir un mot de passe, valable trois jours :"))
        self.stdout.write(options["site"].rstrip("/") + passwords.password_link(person))
