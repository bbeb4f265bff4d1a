"""The portal as an app: the process that reads what people send."""

from django.apps import AppConfig

from estran.common.bounded import keep_ready


class PortalConfig(AppConfig):
    """Holds the management commands; apps have theirs."""

    name = "estran.portal"

    def ready(self) -> None:
        """Have the readers of files loaded before the first one is sent."""
        keep_ready(
            "duckdb",
            "pyarrow.parquet",
            "python_calamine",
            "estran.importing.services.activities",
            "estran.reporting.writers",
        )
