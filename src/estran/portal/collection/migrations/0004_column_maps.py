"""What people say of headers that no format knows: maps kept, and the one that each delivery is read with."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def _key(to: str, name: str = "+", **options: object) -> models.ForeignKey:
    return models.ForeignKey(related_name=name, to=to, **{"on_delete": django.db.models.deletion.CASCADE} | options)


class Migration(migrations.Migration):
    dependencies = (
        ("collection", "0003_statuses"),
        ("organisations", "0002_sessions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (
        migrations.AddField("delivery", "columns", models.JSONField(default=dict)),
        migrations.CreateModel(
            "SavedMap",
            (
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("columns", models.JSONField(default=dict)),
                ("dates", models.CharField(blank=True, max_length=3)),
                ("constants", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("entity", _key("organisations.entity", null=True)),
                ("organisation", _key("organisations.organisation", "column_maps")),
                (
                    "person",
                    _key(settings.AUTH_USER_MODEL, null=True, on_delete=django.db.models.deletion.SET_NULL),
                ),
            ),
            options={
                "ordering": ("-at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("entity", None)),
                        fields=("organisation", "table", "name"),
                        name="map_of_all_once",
                    ),
                    models.UniqueConstraint(
                        fields=("organisation", "table", "name", "entity"), name="map_of_entity_once"
                    ),
                ],
            },
        ),
    )
