"""The app « estates »."""

from __future__ import annotations

from django.apps import AppConfig


class EstatesConfig(AppConfig):
    """The app « estates » of the portal."""

    name = "estran.portal.estates"
