"""The same store in a bucket: moto's server over HTTP."""

import boto3
import pytest
from django.conf import settings as django_settings

from marketplace import environment
from tasks.files import store
from tests.tasks.files.samples import MP4, picture

BUCKET = "manyhands-files"


@pytest.fixture(scope="module")
def moto():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(moto, settings, monkeypatch):
    """The settings that an operator makes."""
    for name, value in {
        "BUCKET": BUCKET,
        "ENDPOINT": moto,
        "REGION": "us-east-1",
        "ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "SECRET_ACCESS_KEY": "a-secret",
    }.items():
        monkeypatch.setenv(f"MANYHANDS_S3_{name}", value)
    settings.STORAGES = {**django_settings.STORAGES, "media": environment.media_store()}
    client = boto3.client(
        "s3",
        endpoint_url=moto,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )
    client.create_bucket(Bucket=BUCKET)
    return lambda: {
        each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    }


def test_a_file_s_life_in_a_bucket(bucket, add, lab, client, folder):
    from marketplace import clock
    from tasks.actions.delete_project_file import delete_project_file

    film, image = add("film.mp4", MP4), add("cat.png")
    assert bucket() == {film.path, image.path, image.small_path}
    assert not list(folder.rglob("media"))
    whole = client.get(f"/files/{film.key}/film.mp4")
    assert b"".join(whole) == MP4
    part = client.get(f"/files/{film.key}/film.mp4", headers={"Range": "bytes=100-199"})
    assert (part.status_code, b"".join(part)) == (206, MP4[100:200])
    assert client.get(f"/files/small/{image.key}").content[8:12] == b"WEBP"
    assert b"".join(store.blocks(image.path, length=len(picture()))) == picture()
    for file in (film, image):
        delete_project_file(by=lab.by, key=file.key, at=clock.now())
    assert bucket() == set()
    with pytest.raises(FileNotFoundError):
        store.blocks(film.path, length=1)
