from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0014_attachments_of_batch")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="template",
            field=models.CharField(blank=True, db_default="", default="", help_text="The gallery's template that it was started from.", max_length=60),
        ),
    ]
