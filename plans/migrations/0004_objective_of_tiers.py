from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0003_memory'),
    ]

    operations = [
        migrations.AlterField(
            model_name='plan',
            name='objective',
            field=models.BigIntegerField(help_text='Weighted sum of the measures, or of those in the first tier if there are tiers; lower is better.'),
        ),
    ]
