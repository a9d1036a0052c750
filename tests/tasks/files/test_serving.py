"""Files as browsers get them: whole or in parts, and never able to do anything."""

import pytest

from marketplace import clock as time
from tasks.files.lending import A_MINUTE, lent_address
from tests.tasks.files.samples import MP4, picture


def body(response):
    return b"".join(response) if response.streaming else response.content


@pytest.fixture
def film(add):
    file = add("film.mp4", MP4)
    return f"/files/{file.key}/film.mp4"


def test_whole_with_what_keeps_it_a_file(client, film):
    response = client.get(film)
    assert response.status_code == 200
    assert body(response) == MP4
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == str(len(MP4))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    policy = response["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert not response.cookies
    head = client.head(film)
    assert (head["Content-Length"], body(head)) == (str(len(MP4)), b"")


SIZE = len(MP4)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, SIZE),
        ("bytes=4-7", 4, 8),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        (f"bytes=10-{SIZE * 9}", 10, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        (f"bytes=-{SIZE * 9}", 0, SIZE),
        ("bytes=7-4", 0, SIZE),
        ("bytes=0-1,4-5", 0, SIZE),
        ("lines=1-2", 0, SIZE),
        ("bytes=-", 0, SIZE),
    ],
)
def test_parts(client, film, asked, start, end):
    if asked == "bytes=7-4":
        assert client.get(film, headers={"Range": asked}).status_code == 416
        return
    response = client.get(film, headers={"Range": asked})
    assert body(response) == MP4[start:end]
    is_part = end - start < SIZE
    assert response.status_code == (206 if is_part else 200)
    assert response.get("Content-Range") == (f"bytes {start}-{end - 1}/{SIZE}" if is_part else None)


def test_a_part_that_is_not_there_and_one_of_another_version(client, film):
    beyond = client.get(film, headers={"Range": f"bytes={SIZE}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{SIZE}")
    assert client.get(film, headers={"Range": "bytes=-0"}).status_code == 416
    other = client.get(film, headers={"Range": "bytes=0-1", "If-Range": '"older"'})
    assert other.status_code == 200
    etag = other["ETag"]
    assert client.get(film, headers={"If-None-Match": etag}).status_code == 304
    part = client.get(film, headers={"Range": "bytes=0-1", "If-Range": etag})
    assert part.status_code == 206


def test_only_by_the_whole_address(client, add, film):
    assert client.get(film.replace("film", "cat")).status_code == 404
    assert client.get(f"/files/3{'A' * 29}/film.mp4").status_code == 404
    small = client.get(f"/files/small/{film.split('/')[2]}")
    assert small.status_code == 404  # a film has none
    file = add()
    response = client.get(f"/files/small/{file.key}")
    assert response["Content-Type"] == "image/webp"
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.post(film).status_code == 405


def test_a_domain_of_its_own_serves_and_ours_sends_there(client, film, settings):
    settings.MANYHANDS_USERCONTENT_ORIGIN = "https://content.test"
    settings.ALLOWED_HOSTS = ["content.test", "testserver"]
    away = client.get(film)
    assert (away.status_code, away["Location"]) == (302, f"https://content.test{film}")
    assert client.get(film, headers={"Host": "content.test"}, secure=True).status_code == 200


def test_a_workers_file_is_lent_for_a_short_time_and_always_downloaded(
    client, assignment, send, clock
):
    file = send(assignment, "mon chat é.png")
    address = lent_address(file, here="", seconds=A_MINUTE)
    response = client.get(address)
    assert body(response) == picture()
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''mon%20chat")
    assert response["Cache-Control"] == "private, max-age=60"
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(address.replace("sent/", "sent/x")).status_code == 404
    assert client.get(f"/files/{file.key}/{file.name}").status_code == 404
    clock.forward(seconds=A_MINUTE)
    assert client.get(address).status_code == 404
    assert time.now() == clock.now
