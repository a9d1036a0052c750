from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0007_tokens_for_a_day'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('audience', 'policy')), fields=['hit_id'], name='policy_events_of_hit'),
        ),
        migrations.AddIndex(
            model_name='policyaction',
            index=models.Index(condition=models.Q(('status', 'Intended')), fields=['id'], name='policy_actions_open'),
        ),
    ]
