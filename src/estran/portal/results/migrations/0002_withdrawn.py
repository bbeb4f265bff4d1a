"""A run can be withdrawn, with the reason, and put back."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.deletion import SET_NULL


class Migration(migrations.Migration):
    """See Run.withdraw."""

    dependencies = (("results", "0001_initial"), migrations.swappable_dependency(settings.AUTH_USER_MODEL))
    operations = (
        migrations.AddField("run", "withdrawn_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField(
            "run",
            "withdrawn_by",
            models.ForeignKey(settings.AUTH_USER_MODEL, SET_NULL, null=True, related_name="+"),
        ),
        migrations.AddField("run", "withdrawn_for", models.CharField(max_length=300, blank=True)),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_for=""), name="run_withdrawn_for_a_reason"
            ),
        ),
    )
