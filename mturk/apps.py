from django.apps import AppConfig


class MTurkConfig(AppConfig):
    name = "mturk"
    verbose_name = "Mechanical Turk's wire protocol"
