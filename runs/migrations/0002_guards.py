"""What the database refuses, whoever asks: see `runs.guards`."""

from django.db import migrations

from runs.guards import INSTALL, REMOVE


class Migration(migrations.Migration):
    dependencies = [("runs", "0001_initial")]

    operations = [migrations.RunSQL(INSTALL, REMOVE)]
