from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0016_disputed_methods'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='deposit',
            index=models.Index(fields=['gateway_reference'], name='deposits_by_reference'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(fields=['gateway_reference'], name='payouts_by_reference'),
        ),
    ]
