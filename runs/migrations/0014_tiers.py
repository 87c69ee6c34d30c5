"""Tiers: what comes first, and what only then. And a profile that has them, which admins change as they like."""

import django.core.validators
from django.db import migrations, models

PROFILE = {
    "description": "No order is later for the sake of a changeover.",
    "position": 6,
    "weighted_tardiness": 1,
    "setup": 1,
    "setup_tier": 2,
    "makespan": 1,
    "makespan_tier": 3,
    "mode_cost": 1,
    "mode_cost_tier": 3,
    "churn": 5,
    "churn_tier": 3,
}


def add(apps, schema_editor):
    apps.get_model("runs", "ObjectiveProfile").objects.get_or_create(name="On time, then few setups", defaults=PROFILE)


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0013_frozen'),
    ]

    operations = [
        migrations.AddField(
            model_name='objectiveprofile',
            name='churn_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='objectiveprofile',
            name='flow_time_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='objectiveprofile',
            name='late_orders_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='objectiveprofile',
            name='makespan_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='objectiveprofile',
            name='mode_cost_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='objectiveprofile',
            name='setup_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='objectiveprofile',
            name='weighted_tardiness_tier',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, validators=[django.core.validators.MinValueValidator(1, 'A tier is a number from 1 to 7.'), django.core.validators.MaxValueValidator(7, 'A tier is a number from 1 to 7.')], verbose_name='tier'),
        ),
        migrations.AddConstraint(
            model_name='objectiveprofile',
            constraint=models.CheckConstraint(condition=models.Q(('weighted_tardiness_tier__range', (1, 7)), ('late_orders_tier__range', (1, 7)), ('makespan_tier__range', (1, 7)), ('setup_tier__range', (1, 7)), ('mode_cost_tier__range', (1, 7)), ('flow_time_tier__range', (1, 7)), ('churn_tier__range', (1, 7))), name='objective_profile_tiers_known', violation_error_message='A tier is a number from 1 to 7.'),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
