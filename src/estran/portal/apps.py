"""The portal as an app: its commands."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Holds the management commands."""

    name = "estran.portal"
