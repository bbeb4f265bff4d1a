"""The app « jobs »."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """The app « jobs » of the portal; every app may register work in a module `work.py`."""

    name = "estran.portal.jobs"

    def ready(self) -> None:
        """Find the functions of work."""
        autodiscover_modules("work")
