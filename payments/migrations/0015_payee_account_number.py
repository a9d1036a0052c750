from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0014_when_a_deposit_failed'),
    ]

    operations = [
        migrations.AddField(
            model_name='payee',
            name='account_number',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='Counts the accounts: the one before is gone.'),
        ),
    ]
