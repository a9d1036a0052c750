"""Visiting pages: nothing sticks out of them, and a picture of each where LOOK names a folder."""

import os


def looked_at(page, name):
    """Both, of a page that has come to rest."""
    page.wait_for_load_state()
    picture(page, name)
    nothing_sticks_out(page)


def picture(page, name):
    """The whole page, as <name>-<width>.png."""
    if folder := os.environ.get("LOOK"):
        path = f"{folder}/{name}-{page.viewport_size['width']}.png"
        page.screenshot(path=path, full_page=True)


def nothing_sticks_out(page):
    """Neither the page nor a frame of it scrolls sideways."""
    for frame in page.frames:
        # A click may just have sent it to its next page, which has no element yet.
        frame.locator("html").wait_for(state="attached")
        width = frame.evaluate("document.documentElement?.scrollWidth ?? 0")
        assert width <= page.viewport_size["width"], f"{frame.url} is {width} px wide"


def sign_in(page, live_app, email):
    """The person has signed in, in this browser (the sign-in page has tests of its own)."""
    with live_app.orm():
        from django.test import Client

        from marketplace.accounts.models import User

        client = Client()
        client.force_login(
            User.objects.get(email=email),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_app.base_url}])
