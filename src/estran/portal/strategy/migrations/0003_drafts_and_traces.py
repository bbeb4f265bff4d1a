from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def adopt(apps: Any, _editor: Any) -> None:
    """Every set of questions written until now is a version."""
    apps.get_model("strategy", "Questionnaire").objects.update(adopted_at=F("made_at"))


def number(apps: Any, _editor: Any) -> None:
    """What the last spread held of an answer becomes a list of one."""
    for answer in apps.get_model("strategy", "Answer").objects.all():
        answer.shown = [answer.shown] if answer.shown else []
        answer.save()


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0001_initial"),
        ("strategy", "0002_diagnostic"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="idea",
            name="came_from",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="questionnaire",
            name="adopted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(adopt, migrations.RunPython.noop),
        migrations.RunPython(number, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="answer",
            name="shown",
            field=models.JSONField(default=list),
        ),
        migrations.AddConstraint(
            model_name="questionnaire",
            constraint=models.UniqueConstraint(
                condition=models.Q(("adopted_at__isnull", True)),
                fields=("organisation",),
                name="questionnaire_one_draft",
            ),
        ),
    ]
