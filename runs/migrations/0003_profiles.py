"""The first objective profiles. Admins change them as they like."""

from django.db import migrations

PROFILES = [
    {
        "name": "On time first",
        "description": "Due dates above all, then short changeovers and little that moves.",
        "is_default": True,
        "weighted_tardiness": 10,
        "late_orders": 500,
        "makespan": 1,
        "setup": 2,
        "mode_cost": 1,
        "churn": 5,
    },
    {
        "name": "Short setups",
        "description": "Long campaigns of one setup family, as far as due dates allow.",
        "weighted_tardiness": 5,
        "makespan": 1,
        "setup": 40,
        "mode_cost": 1,
        "churn": 5,
    },
    {
        "name": "Quick orders",
        "description": "Orders leave soon after their release, so that little work lies between the machines.",
        "weighted_tardiness": 10,
        "setup": 1,
        "mode_cost": 1,
        "flow_time": 2,
        "churn": 5,
    },
    {
        "name": "Steady plan",
        "description": "Keeps to the published plan and moves only what due dates demand.",
        "weighted_tardiness": 10,
        "late_orders": 500,
        "makespan": 1,
        "setup": 1,
        "mode_cost": 1,
        "churn": 500,
    },
    {
        "name": "Shortest makespan",
        "description": "Everything done as early as possible, whatever the due dates say.",
        "makespan": 1,
    },
]


def add(apps, schema_editor):
    profiles = apps.get_model("runs", "ObjectiveProfile").objects
    for position, profile in enumerate(PROFILES, start=1):
        profiles.get_or_create(name=profile["name"], defaults={**profile, "position": position})


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0002_guards"),
        # the periodic task that drives the schedules is made after migrating, and needs its table in its final form
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
