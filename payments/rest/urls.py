"""The addresses about money."""

from django.urls import path

from payments.rest import views

urlpatterns = [
    path("balance", views.Balance.as_view(), name="balance"),
    path("statement", views.Statement.as_view(), name="statement"),
    path("deposits", views.Deposits.as_view(), name="deposits"),
    path("deposits/<uuid:deposit_id>", views.Deposit.as_view(), name="deposit"),
    path("my/earnings", views.Earnings.as_view(), name="my_earnings"),
    path("my/earnings/statement", views.EarningsStatement.as_view(), name="my_earnings_statement"),
    path("my/payouts", views.Payouts.as_view(), name="my_payouts"),
    path("my/payouts/<uuid:payout_id>", views.Payout.as_view(), name="my_payout"),
]
