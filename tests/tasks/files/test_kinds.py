"""What a file is, by its content and never by its name."""

import io

import pytest
from PIL import Image

from marketplace.errors import InvalidInput
from tasks.files import kinds
from tests.tasks.files import samples
from tests.tasks.files.samples import picture, upload

PICTURES = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        *((picture(kind), f"image/{kind.lower()}") for kind in PICTURES),
        (samples.MP3, "audio/mpeg"),
        (samples.sound(), "audio/wav"),
        (b"OggS\0\x02" + bytes(22) + b"\x01vorbis" + bytes(50), "audio/ogg"),
        (b"fLaC" + bytes(50), "audio/flac"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + bytes(50), "audio/mp4"),
        (samples.MP4, "video/mp4"),
        (samples.FRAGMENTED, "video/mp4"),
        (samples.WEBM, "video/webm"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_images_audio_and_video_are_known_whatever_they_are_called(content, media_type):
    assert kinds.shown(upload(content, "notes.txt"), "notes.txt").media_type == media_type


@pytest.mark.parametrize("content", [samples.HTML, samples.SVG, b"\n\t <!-- x --><p>"])
@pytest.mark.parametrize("look", [kinds.shown, kinds.sent])
def test_a_page_or_drawing_with_a_script_named_jpg_is_refused_with_words(look, content):
    with pytest.raises(InvalidInput, match=r"“cat\.jpg” is a web page or a drawing"):
        look(upload(content, "cat.jpg"), "cat.jpg")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (samples.PDF, "is application/pdf. A project takes images"),
        (b"plain words", "is text. A project takes"),
        (samples.EXE, "A project takes"),
        (bytes(100), "of a kind that is not known"),
        (picture("TIFF"), "an image that browsers can't show"),
        (picture("JPEG", (800, 600))[:-900], "is damaged"),
        (picture("PNG", (60, 60))[:70], "is damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "browsers can't show"),
    ],
)
def test_what_a_project_does_not_take_is_refused_by_name(content, words):
    with pytest.raises(InvalidInput, match=words) as refused:
        kinds.shown(upload(content), "cat.png")
    assert "“cat.png”" in refused.value.message


def test_a_picture_of_too_many_pixels_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(kinds, "MOST_PIXELS", 100)
    with pytest.raises(InvalidInput, match="20 × 10 pixels"):
        kinds.shown(upload(picture(size=(20, 10))), "big.png")


def test_a_small_picture_stands_upright():
    on_its_side = Image.Exif()
    on_its_side[0x0112] = 6
    found = kinds.shown(upload(picture("JPEG", (600, 300), exif=on_its_side)), "cat.jpg")
    assert (found.width, found.height) == (300, 600)
    assert Image.open(io.BytesIO(found.small)).size == (120, 240)


@pytest.mark.parametrize("content", [samples.PDF, b"a,b\n1,2\n", samples.MP4, picture("TIFF")])
def test_workers_send_documents_too(content):
    assert kinds.sent(upload(content), "file").media_type


def test_what_could_run_or_is_called_another_kind_is_refused():
    with pytest.raises(InvalidInput, match=r"“run\.png” is application/x-msdownload, which"):
        kinds.sent(upload(samples.EXE), "run.png")
    with pytest.raises(InvalidInput, match="is called a file of another kind"):
        kinds.sent(upload(b"just words"), "cat.jpg")
    kinds.sent(upload(samples.MP4), "voice.m4a")  # the container is the same


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\pictures\cat.png", "cat.png"),
        ("a\x00b\n\u202egnp.exe", "abgnp.exe"),
        ('say "hi" <b>.png', "say hi b.png"),
        ("e\u0301.png", "é.png"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("..", "file"),
        ("", "file"),
        (".png", "png"),
    ],
)
def test_names_hold_nothing_that_leads_elsewhere(name, kept):
    assert kinds.clean_name(name) == kept
