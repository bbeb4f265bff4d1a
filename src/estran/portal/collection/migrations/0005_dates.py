from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collection", "0004_column_maps")]

    operations = [migrations.AddField("delivery", "dates", models.CharField(blank=True, max_length=3))]
