from django.db import migrations

from plans import guards


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial")]
    operations = [migrations.RunSQL(guards.INSTALL, guards.REMOVE)]
