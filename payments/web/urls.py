"""A requester's money pages."""

from django.urls import path

from payments.web import documents, methods, money, play, refunds, webhooks

app_name = "money"
urlpatterns = [
    path("", money.balance, name="balance"),
    path("held/", money.held, name="held"),
    path("deposit/", money.deposit, name="deposit"),
    path("deposit/charge/", methods.charge, name="charge"),
    path("deposit/<uuid:deposit_id>/", money.deposit_state, name="deposit_state"),
    path("deposit/<uuid:deposit_id>/receipt/", documents.receipt, name="receipt"),
    path("play-money/", money.play_money, name="play_money"),
    path("webhooks/stripe/", webhooks.stripe, name="stripe_webhook"),
    path("statement.csv", money.statement_csv, name="statement_csv"),
    path("method/", methods.save_method, name="save_method"),
    path("method/remove/", methods.forget, name="remove_method"),
    path("method/<uuid:setup_id>/", methods.method_setup, name="method_setup"),
    path("top-up/", methods.top_up, name="top_up"),
    path("top-up/off/", methods.top_up_off, name="top_up_off"),
    path("refund/", refunds.refund, name="refund"),
    path("documents/", documents.documents, name="documents"),
    path("billing/", documents.billing, name="billing"),
    path("invoices/<int:number>/", documents.invoice, name="invoice"),
    path("invoices/<int:number>.csv", documents.invoice_csv, name="invoice_csv"),
    path("play/method/<int:setup_id>/", play.setup, name="play_setup"),
    path("play/confirm/<int:charge_id>/", play.confirm_charge, name="play_confirm"),
]
