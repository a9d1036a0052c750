"""Django's admin app, with our own site in place of its default."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Named in INSTALLED_APPS in place of django.contrib.admin."""

    default_site = "marketplace.adminsite.StaffSite"
