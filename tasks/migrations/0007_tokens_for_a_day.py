from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tasks", "0006_events_are_noted"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="bonus", name="one_bonus_per_token"),
        migrations.AlterField(
            model_name="bonus",
            name="request_token",
            field=models.CharField(
                blank=True,
                help_text="The caller's own; the same one pays once a day.",
                max_length=64,
            ),
        ),
        migrations.AddIndex(
            model_name="hit",
            index=models.Index(fields=["hit_type", "id"], name="hits_of_type"),
        ),
    ]
