from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runs', '0015_in_turn'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='iterations',
            field=models.PositiveIntegerField(blank=True, help_text='Steps of search instead of the time, which give the same plan again.', null=True),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('iterations__isnull', True), models.Q(('iterations__gte', 1), ('iterations__lte', 1000000000)), _connector='OR'), name='run_iterations_sane'),
        ),
    ]
