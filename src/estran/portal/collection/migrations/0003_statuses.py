"""The words of statuses that nobody had settled when a delivery was read, and what people decide of them."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (
        ("collection", "0002_entities"),
        ("organisations", "0002_sessions"),
    )
    operations = (
        migrations.AddField("delivery", "statuses", models.JSONField(default=list)),
        migrations.CreateModel(
            name="StatusChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("written", models.CharField(max_length=200)),
                ("status", models.CharField(max_length=20)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "entity",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="organisations.entity",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="status_choices",
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
            options={"ordering": ("-at", "-pk")},
        ),
        migrations.AddConstraint(
            "statuschoice",
            models.UniqueConstraint(fields=("organisation", "key"), name="status_choice_once"),
        ),
        migrations.AddConstraint(
            "statuschoice",
            models.CheckConstraint(
                condition=models.Q(("status__in", ("in_service", "spare", "retired"))), name="status_choice_known"
            ),
        ),
    )
