"""Developers, Notifications."""

from django.urls import path

from tasks.web.requester import notifications

app_name = "notifications"
urlpatterns = [
    path("", notifications.all_notifications, name="all"),
    path("new/", notifications.new, name="new"),
    path("log/", notifications.log, name="log"),
    path("log/<int:delivery_id>/again/", notifications.again, name="again"),
    path("amazon/", notifications.amazon, name="amazon"),
    path("amazon/remove/", notifications.forget_amazon, name="forget_amazon"),
    path("<int:subscription_id>/", notifications.one, name="one"),
    path("<int:subscription_id>/edit/", notifications.edit, name="edit"),
    path("<int:subscription_id>/switch/", notifications.switch, name="switch"),
    path("<int:subscription_id>/secret/", notifications.secret, name="secret"),
    path("<int:subscription_id>/test/", notifications.test, name="test"),
]
