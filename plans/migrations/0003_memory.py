import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from plans.snapshot import watch


class Migration(migrations.Migration):

    dependencies = [
        ('plant', '0001_initial'),
        ('plans', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlantChange',
            fields=[
                ('xid', models.BigIntegerField(help_text='pg_current_xact_id of the transaction.', primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='KnownQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(help_text='Hash of tick 0, planned days and objective.', max_length=64, unique=True)),
                ('seen', models.TextField()),
                ('server_started', models.DateTimeField(help_text='Transaction numbers mean something only within one life of the server.')),
                ('published', models.BigIntegerField(help_text='The published plan; it never changes under its number.', null=True)),
                ('faults', models.JSONField(default=list)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('snapshot', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='plans.snapshot')),
            ],
        ),
        migrations.RunSQL(watch.INSTALL, watch.REMOVE),
    ]
