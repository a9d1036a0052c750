"""Text and the edges of fields stand out from what is behind them, in both modes (WCAG AA)."""

from datetime import timedelta

import pytest
from django.db import transaction

from marketplace import clock
from payments.actions.request_payout import request_payout
from tasks.actions.decide import approve_assignments, reject_assignments
from tasks.actions.send_bonus import send_bonus
from tests import world
from tests.browser.visiting import looked_at, sign_in

PAGES = {
    "worker": ["/work/earnings/", "/work/dashboard/", "/worker/qualifications/"],
    "requester": ["/requester/", "/money/", "/money/deposit/", "/money/refund/"],
    "staff": ["/admin/", "/admin/money/", "/admin/payments/payout/"],
}
FAINT = """() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (color) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = color;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) =>
    [r, g, b].map((part, i) => part * a + below[i] * (1 - a)).concat(1);
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const lineage = (element) => {
    const all = [];
    for (let each = element; each; each = each.parentElement) all.unshift(getComputedStyle(each));
    return all;
  };
  const behind = (element) => {
    const grounds = lineage(element).map((style) => read(style.backgroundColor));
    return grounds.reduce((below, ground) => over(ground, below), read("white"));
  };
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true }) && box.width > 2 && box.height > 2;
  };
  const faint = [];
  const judge = (element, color, ground, least, what) => {
    const fading = lineage(element).reduce((rest, style) => rest * style.opacity, 1);
    const [r, g, b, a] = read(color);
    const found = ratio(over([r, g, b, a * fading], ground), ground);
    const name = `${element.tagName}.${element.className}`;
    if (found < least) faint.push(`${name} ${what}: ${found.toFixed(2)}`);
  };
  document.querySelectorAll("details").forEach((folded) => { folded.open = true; });
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    const text = words.currentNode.textContent.trim();
    if (!text || !shown(element) || element.closest("[disabled]")) continue;
    const style = getComputedStyle(element);
    const isLarge = Number.parseFloat(style.fontSize) >= 24;
    judge(element, style.color, behind(element), isLarge ? 3 : 4.5, text.slice(0, 30));
  }
  const fields = "input:not([type=checkbox], [type=radio], [type=submit]), select, textarea";
  [...document.querySelectorAll(fields)].filter(shown).forEach((field) => {
    const edge = getComputedStyle(field).borderTopColor;
    judge(field, edge, behind(field.parentElement), 3, `edge of ${field.name}`);
  });
  return faint;
}"""


@pytest.fixture(scope="module")
def people(live_app):
    """Money in every state: held, paid, on its way; answers approved, rejected and waiting."""
    with live_app.orm():
        lab, now = world.a_lab("Contrast Lab"), clock.now()
        batch = world.a_batch(lab, rows=3)
        worker = world.a_worker("carla")
        paid, turned_down, _waiting = (world.submitted(worker, batch) for _ in range(3))
        approve_assignments(by=lab.by, assignment_ids=[paid.public_id], at=now)
        ids = [turned_down.public_id]
        reject_assignments(by=lab.by, assignment_ids=ids, feedback="Blank.", at=now)
        with transaction.atomic():  # held until tomorrow, so that the live jobs leave it alone
            send_bonus(
                by=lab.by, assignment_id=paid.public_id, amount_cents=500, reason="Well", at=now
            )
            payout = request_payout(worker=worker.public_id, currency="USD", at=now)
            payout.due_at = now + timedelta(days=1)
            payout.save()
        staff = world.a_user("staff@contrast.test", is_staff=True, is_superuser=True)
        hit, review = paid.hit.public_id, f"/requester/batches/{batch.pk}/review/"
        return {
            "worker": (worker.user.email, []),
            "requester": (
                lab.user.email,
                [
                    *(review, f"{review}?status=Approved", f"{review}?status=Rejected"),
                    f"/requester/batches/{batch.pk}/answers/{turned_down.public_id}/",
                    f"/requester/batches/hits/{hit}/",
                ],
            ),
            "staff": (staff.email, []),
        }


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("mode", ["dark", "light"])
@pytest.mark.parametrize("side", PAGES)
def test_nothing_is_too_faint_to_read(live_app, people, new_page, side, mode, width):
    email, more = people[side]
    page = new_page(width=width, color_scheme=mode)
    sign_in(page, live_app, email)
    faint = {}
    for number, address in enumerate([*PAGES[side], *more]):
        page.goto(address)
        looked_at(page, f"contrast-{side}-{number}-{mode}")
        if found := page.evaluate(FAINT):
            faint[address] = found
    assert not faint
