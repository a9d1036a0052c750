"""Masks: a PNG of named colours as one byte a pixel, and run lengths as COCO writes them.

Pixels are worked on whole planes at a time (Pillow), never one by one in Python.
"""

import io
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from tasks.annotations.kinds import Mask, Unfit

MAX_PIXELS = 25_000_000
_NOTHING = 0
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """The pixels of one instance or class, as run lengths, and the box around them."""

    label: str
    left: int
    top: int
    width: int
    height: int
    area: int
    counts: str


def plane_of(mask: Mask, *, within: int = 0) -> Image.Image:
    """For each pixel the place in `mask.colors` plus one, 0 for what belongs to none. `within`
    makes it smaller, until neither side is longer than so many pixels.

    Raises Unfit for what isn't a PNG of the mask's size.
    """
    try:
        image: Image.Image = Image.open(io.BytesIO(mask.png), formats=["PNG"])
        if image.size != (mask.width, mask.height):
            raise Unfit("The mask is not as large as the image.")
        if mask.width * mask.height > MAX_PIXELS:
            raise Unfit(f"The mask has more than {MAX_PIXELS // 1_000_000} million pixels.")
        if within and max(image.size) > within:
            share = within / max(image.size)
            size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
            image = image.resize(size, Image.Resampling.NEAREST)  # pixels of others would be lies
        bands = image.convert("RGBA").split()
    except _BROKEN as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit("The mask is not a PNG picture.") from None
    plane = Image.new("L", image.size, _NOTHING)
    is_painted = bands[3].point([255 if level >= 128 else 0 for level in range(256)])
    for place, (_label, color) in enumerate(mask.colors, start=1):
        here = is_painted
        for band, level in zip(bands, bytes.fromhex(color[1:]), strict=False):
            here = ImageChops.darker(here, band.point(_only(level, 255)))
        plane.paste(place, mask=here)
    return plane


def _only(wanted: int, value: int) -> list[int]:
    return [value if level == wanted else 0 for level in range(256)]


def relabelled(plane: Image.Image, numbers: Mapping[int, int]) -> Image.Image:
    """The plane with each number in place of another; what isn't named becomes 0."""
    return plane.point([numbers.get(level, 0) for level in range(256)])


def numbers_in(plane: Image.Image) -> list[int]:
    """The numbers that the plane's pixels have, from the lowest on."""
    return [number for number, pixels in enumerate(plane.histogram()) if pixels]


def instance_at(plane: Image.Image, number: int, label: str) -> Instance | None:
    """The pixels that have this number; None if there are none."""
    here = plane.point(_only(number, 1))
    box = here.getbbox()
    if box is None:
        return None
    left, top, right, bottom = box
    return Instance(
        label=label,
        left=left,
        top=top,
        width=right - left,
        height=bottom - top,
        area=here.histogram()[1],
        counts=packed(run_lengths(here)),
    )


def run_lengths(here: Image.Image) -> list[int]:
    """How many zeros, then how many ones, and so on, down each column in turn."""
    down = here.transpose(Image.Transpose.TRANSPOSE).tobytes()
    counts, at = [], 0
    for run in re.finditer(rb"\x01+", down):
        counts += [run.start() - at, run.end() - run.start()]
        at = run.end()
    return [*counts, len(down) - at] if at < len(down) or not counts else counts


def from_run_lengths(counts: Sequence[int], width: int, height: int) -> Image.Image:
    """The plane of zeros and ones that has these run lengths."""
    down = b"".join(bytes([place % 2]) * count for place, count in enumerate(counts))
    return Image.frombytes("L", (height, width), down).transpose(Image.Transpose.TRANSPOSE)


def packed(counts: Sequence[int]) -> str:
    """Run lengths as COCO packs them: differences to the last but one, five bits a character."""
    text = []
    for place, count in enumerate(counts):
        left = count - counts[place - 2] if place > 2 else count
        while True:
            bits, left = left & 31, left >> 5
            is_last = left == (-1 if bits & 16 else 0)
            text.append(chr(48 + (bits if is_last else bits | 32)))
            if is_last:
                break
    return "".join(text)


def unpacked(text: str) -> list[int]:
    """What `packed` was given."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            counts.append(value + counts[-2] if len(counts) > 2 else value)
            value = shift = 0
    return counts


class Votes:
    """Planes of several workers, added up pixel by pixel: each pixel is what most say it is."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.voters = 0
        self._counts: dict[int, Image.Image] = {}

    def add(self, plane: Image.Image) -> None:
        """One worker's. At most 255 are counted."""
        if self.voters == 255:
            return
        self.voters += 1
        for number in numbers_in(plane):
            here = plane.point(_only(number, 1))
            before = self._counts.get(number)
            self._counts[number] = ImageChops.add(before, here) if before else here

    def result(self) -> tuple[Image.Image, float]:
        """The plane, and the share of the voters that agree with it, over all pixels.

        Of numbers with as many votes the lowest wins, so that nothing (0) wins over something.
        """
        plane = Image.new("L", self.size, _NOTHING)
        most = Image.new("L", self.size, 0)
        for number, count in sorted(self._counts.items()):
            is_more = ImageChops.subtract(count, most).point([0] + [255] * 255)
            plane.paste(number, mask=is_more)
            most = ImageChops.lighter(most, count)
        agreeing = sum(votes * pixels for votes, pixels in enumerate(most.histogram()))
        return plane, agreeing / (self.voters * self.size[0] * self.size[1])


def picture(plane: Image.Image, colors: Mapping[int, str], *, is_overlay: bool = False) -> bytes:
    """A PNG whose pixels have the plane's numbers, in a palette of these colours; of an overlay
    what belongs to nothing is transparent."""
    palette = [255] * 768
    for number, color in colors.items():
        palette[3 * number : 3 * number + 3] = bytes.fromhex(color[1:])
    image = plane.copy()
    image.putpalette(palette)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False, **({"transparency": 0} if is_overlay else {}))
    return out.getvalue()
