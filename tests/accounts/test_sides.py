"""Sandbox and live can't be mistaken for each other."""

from django.urls import reverse

from marketplace.audit.models import AuditEntry

BAND = 'class="sandbox"'


def test_the_band_is_on_every_page_of_the_sandbox_and_on_none_of_live(lab, browse):
    client = browse(lab.user)
    pages = [reverse(f"accounts:{name}") for name in ("team", "developers", "settings", "welcome")]
    pages += [reverse("help"), reverse("account_email"), "/nothing-here"]
    assert not [page for page in pages if BAND in client.get(page, follow=True).content.decode()]
    client.post(reverse("accounts:switch_side"), {"side": "sandbox"})
    assert not [
        page for page in pages if BAND not in client.get(page, follow=True).content.decode()
    ]


def test_the_band_leads_back_to_live(lab, browse):
    client = browse(lab.user)
    client.post(reverse("accounts:switch_side"), {"side": "sandbox"})
    client.post(reverse("accounts:switch_side"), {"side": "live"})
    lab.user.refresh_from_db()
    assert not lab.user.is_in_sandbox


def test_switching_is_a_post_so_that_no_link_does_it(lab, browse):
    assert browse(lab.user).get(reverse("accounts:switch_side")).status_code == 405


def test_switching_is_in_the_trail(lab, browse):
    browse(lab.user).post(reverse("accounts:switch_side"), {"side": "sandbox"})
    entry = AuditEntry.objects.get(action="switch_side")
    assert entry.data == {"is_sandbox": True}


def test_the_code_on_the_developers_page_points_to_the_side_one_is_on(lab, browse):
    client = browse(lab.user)
    url = reverse("accounts:developers")
    live = client.get(url).content.decode()
    client.post(reverse("accounts:switch_side"), {"side": "sandbox"})
    assert client.get(url).content.decode() != live


def test_coming_back_from_the_sandbox_says_whether_live_money_is_real(browse, lab, settings):
    address, client = reverse("accounts:switch_side"), browse(lab.user)
    for gateway, words in (("play", "with play money: nobody is charged"), ("stripe", "is real")):
        settings.MANYHANDS_GATEWAY = gateway
        page = client.post(address, {"side": "live"}, follow=True)
        assert words in page.content.decode()
