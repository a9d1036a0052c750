"""A requester's money pages."""

from django.urls import path

from payments.web import money, webhooks

app_name = "money"
urlpatterns = [
    path("", money.balance, name="balance"),
    path("held/", money.held, name="held"),
    path("deposit/", money.deposit, name="deposit"),
    path("deposit/<uuid:deposit_id>/", money.deposit_state, name="deposit_state"),
    path("play-money/", money.play_money, name="play_money"),
    path("webhooks/stripe/", webhooks.stripe, name="stripe_webhook"),
    path("statement.csv", money.statement_csv, name="statement_csv"),
]
