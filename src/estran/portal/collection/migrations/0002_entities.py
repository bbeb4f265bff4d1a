"""What the rows of a delivery are of, read in the estates that are there, for the pages that name it."""

from typing import Any

from django.db import migrations, models

from estran.portal.collection import deliveries
from estran.portal.common import storage


def note_entities(apps: Any, _schema: Any) -> None:
    """Note the entities of every delivery that was read."""
    tables = ("inventory", "rooms", "vms", "applications")
    for delivery in apps.get_model("collection", "Delivery").objects.filter(read_at__isnull=False).iterator():
        folder = storage.folder("estates", delivery.organisation_id, delivery.estate)
        paths = [path for name in tables for path in sorted(folder.glob(f"{name}.*"))]
        delivery.entities = deliveries.read_entities(paths)
        delivery.save(update_fields=["entities"])


class Migration(migrations.Migration):
    dependencies = (("collection", "0001_initial"),)
    operations = (
        migrations.AddField("delivery", "set_aside", models.PositiveIntegerField(default=0)),
        migrations.AddField("delivery", "entities", models.JSONField(default=list)),
        migrations.RunPython(note_entities, migrations.RunPython.noop),
    )
