from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = "Money"

    def ready(self) -> None:
        # Checks are known once their module is imported, which needs the models.
        from payments import checks  # noqa: F401
