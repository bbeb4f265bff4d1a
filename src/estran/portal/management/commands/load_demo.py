"""Load a written and computed demonstration: the organisation, its entities, one person per role, its three years."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from estran.common.language import _
from estran.portal import demo


class Command(BaseCommand):
    """`python -m estran.portal load_demo FOLDER`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder that `estran demo` filled."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Load, then say who can sign in."""
        password, people = demo.load_demo(folder)
        self.stdout.write(_("Comptes de la démonstration (mot de passe : {password})").format(password=password))
        for email, role in people:
            self.stdout.write(f"  {email:<34} {role}")
