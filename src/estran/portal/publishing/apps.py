"""The app « publishing »."""

from __future__ import annotations

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """The app « publishing » of the portal."""

    name = "estran.portal.publishing"
