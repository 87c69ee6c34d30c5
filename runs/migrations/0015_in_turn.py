from django.db import migrations, models

# What has ended does not change; this is only told of it for the first time.
IN_TURN = """
ALTER TABLE runs_run DISABLE TRIGGER runs_guard_run;
UPDATE runs_run SET in_turn = true FROM plans_snapshot s
WHERE s.id = runs_run.snapshot_id AND s.problem #> '{objective,tiers,0}' IS NOT NULL;
ALTER TABLE runs_run ENABLE TRIGGER runs_guard_run;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0014_tiers'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='in_turn',
            field=models.BooleanField(db_default=False, default=False, help_text='What counts is in tiers: something comes after what the best objective is about.'),
        ),
        migrations.RunSQL(IN_TURN, migrations.RunSQL.noop),
    ]
