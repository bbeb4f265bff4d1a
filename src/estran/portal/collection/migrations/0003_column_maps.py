"""What people say of headers that no format knows: maps kept, and the one that each delivery is read with."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0002_entities"),
        ("organisations", "0002_sessions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="columns",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="SavedMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=60)),
                ("columns", models.JSONField(default=dict)),
                ("dates", models.CharField(blank=True, max_length=3)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "entity",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="organisations.entity",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="column_maps",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
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
    ]
