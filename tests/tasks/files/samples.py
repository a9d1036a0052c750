"""Files of every kind, as small as they can be."""

import io
import wave

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

HTML = b"<!doctype html><script>top.location='https://evil.test'</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(range(256)) * 20
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
FRAGMENTED = b"\0\0\0\x18ftypiso5\0\0\0\0iso6dash" + b"\0" * 40
WEBM = (
    b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webmB\x87"
    + bytes(30)
)
PDF = b"%PDF-1.7\n%abc\n"
EXE = b"MZ\x90\0\x03" + bytes(60)


def picture(format="PNG", size=(4, 3), colour="teal", **options):
    """An image of one colour."""
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, format, **options)
    return written.getvalue()


def sound():
    """Silence, as WAV."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(200))
    return written.getvalue()


def upload(content=None, name="cat.png"):
    """As a form sends it."""
    return SimpleUploadedFile(name, picture() if content is None else content)
