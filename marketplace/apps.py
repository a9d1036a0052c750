from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    label = "marketplace"
    verbose_name = "Installation"

    def ready(self) -> None:
        # Whoever says task.delay() needs the configured app, not Celery's nameless default.
        from marketplace import celery  # noqa: F401
