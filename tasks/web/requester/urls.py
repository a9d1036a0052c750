"""The requester's pages: projects, batches, review, results."""

from django.urls import URLPattern

app_name = "requester"
urlpatterns: list[URLPattern] = []
