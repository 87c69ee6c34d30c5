"""A run that has ended does not change in any column, and nothing more is told of it: see `runs.guards`."""

from django.db import migrations

from runs.guards import FREEZE, FREEZE_REMOVE


class Migration(migrations.Migration):
    dependencies = [("runs", "0012_promotions")]

    operations = [migrations.RunSQL(FREEZE, FREEZE_REMOVE)]
