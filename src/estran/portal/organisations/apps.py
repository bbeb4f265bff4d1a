"""The app « organisations »."""

from __future__ import annotations

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """The app « organisations » of the portal."""

    name = "estran.portal.organisations"
