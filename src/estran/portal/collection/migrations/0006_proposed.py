"""A file that would replace what counts is proposed first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """See Delivery.proposed."""

    dependencies = (("collection", "0005_dates"),)
    operations = (migrations.AddField("delivery", "proposed", models.BooleanField(default=False)),)
