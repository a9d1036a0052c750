"""The worker's pages: find work, preview, work, queue, dashboard, earnings."""

from django.urls import URLPattern

app_name = "work"
urlpatterns: list[URLPattern] = []
