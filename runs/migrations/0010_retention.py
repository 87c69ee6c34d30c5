"""Runs may be thinned, and only those that have ended: see `runs.guards` and `runs.housekeeping`."""

from django.db import migrations, models

from runs.guards import RETIRE, RETIRE_REMOVE


class Migration(migrations.Migration):
    dependencies = [("runs", "0009_submissions")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="thinned_at",
            field=models.DateTimeField(
                blank=True, help_text="Since when the single steps of the search are no longer among its events.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False), ("thinned_at__isnull", True)),
                fields=["finished_at"],
                name="run_to_thin",
            ),
        ),
        migrations.RunSQL(RETIRE, RETIRE_REMOVE),
    ]
