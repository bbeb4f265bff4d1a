"""The portal as an app: the process that reads what people send, the place where drawings are kept."""

from django.apps import AppConfig
from django.conf import settings

from estran.common.bounded import keep_ready
from estran.reporting.charts import shelf


class PortalConfig(AppConfig):
    """Holds the management commands; apps have theirs."""

    name = "estran.portal"

    def ready(self) -> None:
        """Have the readers of files loaded before the first one is sent; know where drawings are kept."""
        shelf.keep_in(settings.DRAWINGS)
        keep_ready(
            "duckdb",
            "pyarrow.parquet",
            "python_calamine",
            "estran.importing.services.activities",
            "estran.reporting.writers",
        )
