"""All answers to one HIT together: whether they agree, deciding on them, HITs of programs."""

import pytest
from django.urls import reverse
from lxml import html

from marketplace import clock
from tasks.actions.accept import accept_hit
from tasks.actions.submit import submit
from tasks.results.shown import agreement
from tasks.results.shown.parts import Page, parts_of
from tests import world
from tests.questionform import samples
from tests.tasks.results import answers as given
from tests.tasks.results import kinds
from tests.tasks.results.reading import answers_of, words


@pytest.fixture
def hit_page(owner):
    def page_of(batch, **query):
        hit = answers_of(batch)[0].hit
        return owner.get(reverse("requester:hit", args=[hit.public_id]), query)

    return page_of


def test_all_answers_to_a_hit_stand_side_by_side_and_say_whether_they_agree(everything, hit_page):
    batch = everything(kinds.good(), kinds.good(shift=2), kinds.other())
    page = html.document_fromstring(hit_page(batch).text)
    assert len(page.findall(".//article")) == 3
    agreed = {
        words(line.find("dt")): (words(line.find("dd")), line.find("dd/span").get("class"))
        for line in page.find_class("values")[-1]
        if line.find("dd/span") is not None
    }
    assert agreed["Rank them"] == (
        "All 3 the same: Clarity: 1, 2; Safety: 2, 1",
        "tag tag-good break",
    )
    assert agreed["What is it?"] == ("2 of 3: village", "tag tag-warn break")
    assert agreed["Mark every house and tree"] == ("66 % the same", "tag tag-warn break")
    assert agreed["Paint the classes"] == ("All 3 the same", "tag tag-good break")
    # What they are about is there once.
    assert len(page.xpath("//section[@aria-labelledby='asked']//iframe")) == 1
    assert len(page.xpath("//article[1]//iframe")) == 7


def test_answers_of_nothing_in_common_are_said_to_differ():
    page = Page()
    said = [parts_of(page, {"a": text}) for text in ("one", "two")]
    [one] = agreement.agreements(said)
    assert (one.degree, one.words) == ("bad", "All 2 different")
    [first, second] = agreement.agreements(
        [parts_of(page, {"a": "one"}), parts_of(page, {"b": "one"})]
    )
    assert first.words == second.words == "Only 1 of 2: one"
    assert agreement.agreements(said[:1]) == []


def test_answers_are_decided_on_side_by_side(everything, hit_page, owner):
    batch = everything(kinds.good(), kinds.other())
    first, second = answers_of(batch)
    there = reverse("requester:decide_hit", args=[first.hit.public_id])
    owner.post(there, {"assignment": [first.public_id], "decision": "approve"})
    reject = {"assignment": [second.public_id], "decision": "reject", "reason": "No boxes."}
    response = owner.post(there, reject)
    assert response["Location"] == reverse("requester:hit", args=[first.hit.public_id])
    page = html.document_fromstring(hit_page(batch).text)
    assert [words(one).split()[1] for one in page.findall(".//article")] == ["Approved", "Rejected"]
    assert not page.xpath("//input[@name='assignment']")


def test_more_answers_than_a_page_holds_are_on_the_next(everything, hit_page, monkeypatch):
    monkeypatch.setattr("tasks.web.requester.answers.SIDE_BY_SIDE", 2)
    batch = everything(kinds.good(), kinds.good(), kinds.good())
    first = hit_page(batch)
    second = hit_page(batch, after=answers_of(batch)[1].pk)
    assert first.context["more"]
    seen = [one["assignment"].pk for page in (first, second) for one in page.context["answers"]]
    assert seen == [one.pk for one in answers_of(batch)]


def test_the_hits_before_and_after_are_those_that_have_answers(answered, owner, lab):
    rows = [{**given.ROW, "text": str(n)} for n in range(4)]
    batch = answered("crowd-classifier", rows=rows, max_assignments=1)
    from tasks.models import HIT

    for n in range(2):
        world.submitted(world.a_worker(f"w{n}"), batch, given.sent({"label": "cat"}))
    done = [hit for hit in HIT.objects.filter(batch=batch).order_by("pk") if hit.submitted_count]
    page = owner.get(reverse("requester:hit", args=[done[0].public_id])).context
    assert (page["previous"], page["next"]) == (None, done[1])


def test_a_hit_that_nobody_answered_says_so(answered, owner):
    from tasks.models import HIT

    batch = answered("crowd-classifier")
    hit = HIT.objects.get(batch=batch)
    page = owner.get(reverse("requester:hit", args=[hit.public_id]))
    assert "No answers yet" in page.text


def test_answers_to_a_programs_questionform_are_read_and_decided_on(lab, owner):
    question = samples.form(
        samples.question("sky", samples.selection("blue", "grey"), content="<Text>Sky?</Text>"),
        samples.question("why", samples.free(), content="<Text>Why &lt;so&gt;?</Text>"),
    )
    hit = world.a_hit(lab, question)
    listed = reverse("requester:hits")
    assert "Nothing waits for review" in owner.get(listed).text
    for name, answer in {
        "one": {"sky": ["blue"], "why": "<b>light</b>"},
        "two": {"sky": ["blue"], "why": "clouds"},
    }.items():
        taken = accept_hit(worker=world.a_worker(name), hit_id=hit.public_id, at=clock.now())
        submit(assignment_id=taken.assignment_id, answer=answer, at=clock.now())
    there = reverse("requester:hit", args=[hit.public_id])
    assert there in owner.get(listed).text
    page = html.document_fromstring(owner.get(there).text)
    said = [words(part) for part in page.find(".//article").find_class("part")]
    assert said == ["Sky? blue", "Why <so>? <b>light</b>"]
    assert "All 2 the same: blue" in words(page)
    [first, second] = [one.get("value") for one in page.xpath("//input[@name='assignment']")]
    decide = reverse("requester:decide_hit", args=[hit.public_id])
    told = owner.post(decide, {"assignment": [first], "decision": "approve"}, follow=True)
    assert "1 answer approved" in told.text
    assert [one["assignment"].status for one in told.context["answers"]] == [
        "Approved",
        "Submitted",
    ]
    assert there in owner.get(listed, {"tab": "all"}).text


def test_another_requesters_hits_are_not_there(lab, client):
    hit = world.a_hit(lab, samples.form(samples.question("q", samples.free())))
    other = world.a_lab("Other Lab")
    client.force_login(other.user)
    assert client.get(reverse("requester:hit", args=[hit.public_id])).status_code == 404
    assert hit.public_id not in client.get(reverse("requester:hits"), {"tab": "all"}).text
