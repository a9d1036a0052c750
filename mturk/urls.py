"""What Mechanical Turk's pages and links point at."""

from django.urls import path

from mturk import external_submit

app_name = "mturk"
urlpatterns = [
    path("externalSubmit", external_submit.external_submit, name="external_submit"),
    path("preview", external_submit.preview, name="preview"),
]
