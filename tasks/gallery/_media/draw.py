"""Draws the pictures of the gallery's samples, speaks its recordings and films its clips.

They are ours, so that a template can be tried on any installation: run
`python tasks/gallery/_media/draw.py` after a change here, and commit what it writes under
tasks/static/gallery/. It needs Chromium, ffmpeg and espeak-ng; the marketplace needs none of them.
"""

import io
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

OUT = Path(__file__).parents[2] / "static" / "gallery"
W, H = 1200, 800


def car(x: float, y: float, color: str, *, flip: bool = False) -> str:
    """Seen from the side, 220 wide; (x, y) is the ground below its back."""
    turn = "translate(220 0) scale(-1 1)" if flip else ""
    return f"""<g transform="translate({x} {y}) {turn}">
      <ellipse cx="110" cy="2" rx="112" ry="7" fill="#0003"/>
      <path d="M8-22Q6-54 34-58L58-62Q76-94 104-96H138Q160-96 178-62L202-54Q216-50 214-22Z" fill="{color}"/>
      <path d="M68-62Q82-86 104-86H112V-62ZM120-62V-86H136Q152-86 165-62Z" fill="#cfe6ee"/>
      <rect x="200" y="-48" width="13" height="8" rx="3" fill="#ffe9a8"/><rect x="8" y="-50" width="9" height="9" rx="3" fill="#b3261e"/>
      <path d="M116-60V-22" stroke="#0003" stroke-width="2"/>
      <g fill="#22262b"><circle cx="56" cy="-22" r="22"/><circle cx="168" cy="-22" r="22"/></g>
      <g fill="#aab3ba"><circle cx="56" cy="-22" r="10"/><circle cx="168" cy="-22" r="10"/></g></g>"""


def person(
    x: float, y: float, shirt: str, trousers: str, *, scale: float = 1, skin: str = "#d9a27c"
) -> str:
    """Walking, 170 tall; (x, y) is the ground below."""
    return f"""<g transform="translate({x} {y}) scale({scale})" stroke-linecap="round" fill="none">
      <ellipse cx="0" cy="2" rx="34" ry="5" fill="#0003"/>
      <path d="M-3-80L-20-2M3-80L20-2" stroke="{trousers}" stroke-width="17"/>
      <path d="M0-132V-82" stroke="{shirt}" stroke-width="34"/>
      <path d="M-12-130L-26-92L-18-72M12-130L28-94L32-70" stroke="{shirt}" stroke-width="11"/>
      <circle cx="0" cy="-162" r="17" fill="{skin}"/><path d="M-17-164A17 17 0 0 1 17-164Q8-172 0-170Q-10-172-17-164Z" fill="#3b2a20"/></g>"""


def tree(x: float, y: float, scale: float = 1, leaf: str = "#5d8f4a") -> str:
    """A round crown on a trunk; (x, y) is the ground below."""
    return f"""<g transform="translate({x} {y}) scale({scale})"><rect x="-10" y="-110" width="20" height="112" fill="#7a5a3e"/>
      <circle cx="-34" cy="-150" r="52" fill="{leaf}"/><circle cx="36" cy="-156" r="56" fill="{leaf}"/><circle cx="0" cy="-200" r="58" fill="{leaf}"/>
      <circle cx="-14" cy="-206" r="34" fill="#fff2"/></g>"""


def house(
    x: float, y: float, w: float, h: float, wall: str, roof: str, *, lit: str = "#bfe0ea"
) -> str:
    """With a pitched roof, two rows of windows and a door; (x, y) is its lower left corner."""
    panes = "".join(
        f'<rect x="{x + w * at}" y="{y - h * up}" width="{w * 0.16}" height="{h * 0.2}" fill="{lit}" stroke="#fff" stroke-width="5"/>'
        for at in (0.12, 0.42, 0.72)
        for up in (0.9, 0.52)
        if not (at == 0.42 and up == 0.52)
    )
    return f"""<rect x="{x}" y="{y - h}" width="{w}" height="{h}" fill="{wall}"/>
      <path d="M{x - 16} {y - h}L{x + w / 2} {y - h - 90}L{x + w + 16} {y - h}Z" fill="{roof}"/>{panes}
      <rect x="{x + w * 0.42}" y="{y - h * 0.46}" width="{w * 0.17}" height="{h * 0.46}" rx="4" fill="#6d4530"/>"""


def street() -> str:
    """By day: two cars, three people, houses and trees."""
    return f"""<linearGradient id="s" x2="0" y2="1"><stop stop-color="#9cc9e6"/><stop offset="1" stop-color="#e3f1f6"/></linearGradient>
      <rect width="{W}" height="470" fill="url(#s)"/><circle cx="1010" cy="110" r="52" fill="#ffe7a0"/>
      <path d="M120 130q30-40 70-20q50-30 80 20z M560 90q24-30 60-14q44-26 70 14z" fill="#fff"/>
      <rect y="470" width="{W}" height="90" fill="#d6cfc0"/><rect y="556" width="{W}" height="244" fill="#767c84"/><rect y="548" width="{W}" height="10" fill="#b3ab9a"/>
      <path d="M0 680H{W}" stroke="#f4f1e6" stroke-width="8" stroke-dasharray="70 50"/>
      {house(60, 500, 300, 230, "#e8d3a9", "#a4543f")}{house(420, 500, 260, 300, "#c9d8d3", "#56656d")}{house(760, 500, 340, 220, "#e2b79c", "#7d4b46")}
      {tree(396, 510, 0.8)}{tree(1150, 515, 0.95, "#6f9a4c")}
      {person(250, 545, "#b4473d", "#2f3e55")}{person(700, 548, "#e0a72e", "#4b4f57", skin="#8d5a3b")}{person(748, 546, "#3f7d6d", "#312a3a", scale=0.72)}
      {car(130, 650, "#2b6f8f")}{car(760, 760, "#c8423a", flip=True)}"""


def evening() -> str:
    """The same kind of street in the evening: one car, one person."""
    return f"""<linearGradient id="s" x2="0" y2="1"><stop stop-color="#27304f"/><stop offset="1" stop-color="#c9826b"/></linearGradient>
      <rect width="{W}" height="480" fill="url(#s)"/><circle cx="240" cy="120" r="40" fill="#f5ead0"/>
      <rect y="480" width="{W}" height="80" fill="#6a6570"/><rect y="556" width="{W}" height="244" fill="#3f434d"/>
      <path d="M0 690H{W}" stroke="#b9b4a6" stroke-width="8" stroke-dasharray="70 50"/>
      {house(120, 510, 380, 260, "#7b6a76", "#43303c", lit="#ffd98a")}{house(640, 510, 300, 320, "#6b7580", "#313842", lit="#ffd98a")}
      {tree(570, 520, 0.9, "#394f3f")}{tree(1060, 520, 1.05, "#33493f")}
      {person(1000, 552, "#8c3b4a", "#20242e")}{car(330, 720, "#d9b23c")}"""


def park() -> str:
    """Grass, a pond, a path, three people, no car."""
    return f"""<rect width="{W}" height="330" fill="#b9dcec"/><path d="M0 330Q200 230 430 300T860 280T{W} 310V360H0Z" fill="#86a86a"/>
      <rect y="330" width="{W}" height="470" fill="#9cbf72"/><path d="M420 800Q520 560 690 470T900 330H960Q840 430 780 520T700 800Z" fill="#e2d3ac"/>
      <ellipse cx="230" cy="600" rx="210" ry="86" fill="#7fb4cf"/><ellipse cx="230" cy="592" rx="180" ry="64" fill="#93c4da"/>
      {tree(120, 430, 1.1)}{tree(480, 400, 0.8, "#7ba052")}{tree(1080, 500, 1.35, "#4f8443")}
      {person(620, 660, "#6b4fa0", "#30343f", scale=1.15)}{person(820, 470, "#d35f3a", "#3e4a38", scale=0.7, skin="#8d5a3b")}{person(960, 720, "#2b7a78", "#5a4632", scale=1.25)}"""


def roofs() -> str:
    """From above: five roofs, a road, a pool."""

    def roof(x: int, y: int, w: int, h: int, turn: int, color: str) -> str:
        return f"""<g transform="translate({x} {y}) rotate({turn})"><rect x="8" y="10" width="{w}" height="{h}" fill="#0004"/>
          <rect width="{w}" height="{h}" fill="{color}"/><path d="M0 0L{h / 2} {h / 2}H{w - h / 2}L{w} 0Z" fill="#fff2"/><path d="M{h / 2} {h / 2}H{w - h / 2}" stroke="#0003" stroke-width="4"/><rect x="{w * 0.6}" y="{h * 0.18}" width="24" height="18" fill="#5b4a44"/></g>"""

    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="{c}"/>'
        for x, y, r, c in [
            (90, 110, 46, "#4d7a41"), (520, 70, 38, "#5b8a49"), (1130, 330, 50, "#4d7a41"), (80, 700, 54, "#5b8a49"),
            (640, 730, 40, "#4d7a41"), (1080, 720, 46, "#6a9a52"), (430, 330, 30, "#5b8a49"), (1010, 90, 36, "#6a9a52"),
        ]
    )  # fmt: skip
    return f"""<rect width="{W}" height="{H}" fill="#93b06f"/><path d="M-20 470L{W + 20} 400V500L-20 570Z" fill="#8b8f96"/><path d="M-20 520L{W + 20} 450" stroke="#fff" stroke-width="5" stroke-dasharray="40 30"/>
      <path d="M560 0H620V440L560 446Z" fill="#c9bfa8"/>{dots}
      {roof(150, 170, 280, 170, 8, "#b3614a")}{roof(690, 120, 260, 190, -6, "#8d6257")}{roof(130, 600, 240, 150, -4, "#6e7781")}{roof(720, 560, 300, 170, 5, "#c07a4e")}
      <rect x="450" y="620" width="130" height="80" rx="30" fill="#5fb3d4" stroke="#e7e2d5" stroke-width="10"/>"""


def farm() -> str:
    """From above: two barns and a yard."""
    rows = "".join(
        f'<path d="M0 {y}H430" stroke="#7d9a4f" stroke-width="10"/>' for y in range(20, 800, 40)
    )
    return f"""<rect width="{W}" height="{H}" fill="#a9bd78"/><g>{rows}</g><path d="M430 0H500V800H430Z" fill="#cdb98c"/><rect x="500" y="240" width="560" height="330" fill="#d8c9a6"/>
      <g transform="translate(590 150) rotate(3)"><rect x="10" y="12" width="360" height="150" fill="#0004"/><rect width="360" height="150" fill="#a5483c"/><path d="M0 75H360" stroke="#0003" stroke-width="5"/><rect width="360" height="75" fill="#fff2"/></g>
      <g transform="translate(880 420) rotate(-8)"><rect x="10" y="12" width="190" height="260" fill="#0004"/><rect width="190" height="260" fill="#7c858d"/><path d="M95 0V260" stroke="#0003" stroke-width="5"/><rect width="95" height="260" fill="#fff2"/></g>
      <circle cx="640" cy="650" r="60" fill="#4d7a41"/><circle cx="760" cy="700" r="44" fill="#5b8a49"/>"""


def figure(pose: str, shirt: str) -> str:
    """One person, large, seen from the front, on a plain wall; joints are easy to tell."""
    arms = {
        "stand": "M500 290L400 420L370 560M700 290L800 420L830 560",
        "wave": "M500 290L390 380L420 520M700 290L830 240L860 100",
    }[pose]
    return f"""<rect width="{W}" height="{H}" fill="#e9e2d3"/><rect y="720" width="{W}" height="80" fill="#c9b797"/><ellipse cx="600" cy="745" rx="190" ry="20" fill="#0002"/>
      <g stroke-linecap="round" stroke-linejoin="round" fill="none"><path d="M545 520L520 640L510 740M655 520L680 640L690 740" stroke="#33435c" stroke-width="66"/>
      <path d="{arms}" stroke="#d9a27c" stroke-width="42"/><path d="{arms.replace("L370 560", "").replace("L830 560", "").replace("L420 520", "").replace("L860 100", "")}" stroke="{shirt}" stroke-width="52"/></g>
      <path d="M485 270Q600 235 715 270L690 530H510Z" fill="{shirt}"/><rect x="570" y="190" width="60" height="80" rx="28" fill="#c98f69"/>
      <ellipse cx="600" cy="140" rx="66" ry="82" fill="#d9a27c"/><path d="M532 130Q530 50 600 48T668 130Q640 92 600 96T532 130Z" fill="#4a3426"/>
      <circle cx="576" cy="142" r="7" fill="#222"/><circle cx="624" cy="142" r="7" fill="#222"/><path d="M600 150L593 172H605" stroke="#a8714d" stroke-width="4" fill="none"/><path d="M576 192Q600 208 624 192" stroke="#8b3f37" stroke-width="6" fill="none" stroke-linecap="round"/>
      <ellipse cx="510" cy="752" rx="46" ry="20" fill="#3a2f28"/><ellipse cx="690" cy="752" rx="46" ry="20" fill="#3a2f28"/>"""


def paper(lines: list[tuple[str, str]], *, title: str, tilt: float) -> str:
    """A slip of paper on a table, with two columns of text."""
    text = "".join(
        f'<text x="300" y="{250 + 54 * at}" textLength="{len(left) * 19}">{left}</text><text x="900" y="{250 + 54 * at}" text-anchor="end">{right}</text>'
        for at, (left, right) in enumerate(lines)
    )
    return f"""<rect width="{W}" height="{H}" fill="#8a6a4c"/><path d="M0 120H{W}M0 400H{W}M0 640H{W}" stroke="#7b5c40" stroke-width="5"/>
      <g transform="rotate({tilt} 600 400)"><rect x="252" y="52" width="712" height="716" fill="#0004"/><rect x="240" y="40" width="720" height="716" fill="#fbf8ef"/>
      <g font-family="DejaVu Sans Mono, monospace" font-size="32" fill="#2b2b2b"><text x="600" y="140" font-size="46" font-weight="bold" text-anchor="middle">{title}</text><path d="M290 180H910" stroke="#777" stroke-width="3" stroke-dasharray="10 8"/>{text}</g></g>"""


def fruit(kind: str) -> str:
    """One kind of fruit on a table."""
    shapes = {
        "apple": '<path d="M600 300Q500 220 410 300T440 600Q520 700 600 650Q680 700 760 600T790 300T600 300Z" fill="#c33a32"/><path d="M470 340Q430 400 450 470" stroke="#fff6" stroke-width="26" fill="none" stroke-linecap="round"/><path d="M600 306Q596 230 636 190" stroke="#6b4a2e" stroke-width="18" fill="none" stroke-linecap="round"/><path d="M620 240Q700 170 770 220Q700 280 620 240Z" fill="#5d8f4a"/>',
        "banana": '<path d="M300 330Q400 640 790 620Q880 610 910 560Q700 560 590 470Q440 360 380 290Z" fill="#edc63d"/><path d="M330 360Q450 590 800 590" stroke="#c99b22" stroke-width="10" fill="none"/><path d="M300 330L290 270L352 262L382 294Z" fill="#7b5e2a"/><path d="M905 556L930 548L926 590L890 592Z" fill="#5e4720"/>',
        "pear": '<path d="M600 210Q690 220 690 330Q700 400 770 480Q840 640 700 690Q600 720 500 690Q360 640 430 480Q500 400 510 330Q510 220 600 210Z" fill="#b6c24a"/><path d="M520 470Q460 540 480 610" stroke="#fff6" stroke-width="26" fill="none" stroke-linecap="round"/><path d="M600 214Q598 160 630 130" stroke="#6b4a2e" stroke-width="18" fill="none" stroke-linecap="round"/>',
    }  # fmt: skip
    return f"""<rect width="{W}" height="{H}" fill="#dfe7e6"/><rect y="560" width="{W}" height="240" fill="#b98d5e"/><path d="M0 640H{W}M0 730H{W}" stroke="#a87c4f" stroke-width="4"/><ellipse cx="600" cy="680" rx="250" ry="34" fill="#0003"/>{shapes[kind]}"""


RECEIPT = [
    ("Bread, rye", "3.40"),
    ("Milk 1 l", "1.15"),
    ("Apples 0.8 kg", "2.32"),
    ("Coffee 250 g", "5.90"),
    ("", ""),
    ("TOTAL", "12.77"),
    ("Cash", "15.00"),
    ("Change", "2.23"),
]
SIGN = [
    ("Monday", "7:00 - 18:00"),
    ("Tuesday", "7:00 - 18:00"),
    ("Wednesday", "closed"),
    ("Thursday", "7:00 - 18:00"),
    ("Friday", "7:00 - 19:30"),
    ("Saturday", "8:00 - 13:00"),
]

PICTURES: dict[str, Callable[[], str]] = {
    "street": street,
    "evening": evening,
    "park": park,
    "roofs": roofs,
    "farm": farm,
    "standing": lambda: figure("stand", "#2b7a78"),
    "waving": lambda: figure("wave", "#b4473d"),
    "receipt": lambda: paper(RECEIPT, title="CORNER SHOP", tilt=-2),
    "hours": lambda: paper(SIGN, title="OPENING HOURS", tilt=1.5),
    "apple": lambda: fruit("apple"),
    "banana": lambda: fruit("banana"),
    "pear": lambda: fruit("pear"),
}
SPOKEN = {
    "message-1": (
        "en-gb",
        "Hello, this is Anna from the library. The book you asked for has arrived. We are open until six.",
    ),
    "message-2": (
        "en-us",
        "Your train to the coast leaves from platform four at ten twenty five. Please keep your ticket ready.",
    ),
}
FPS = 12


def shot(page: Page, drawing: str, *, width: int = W, height: int = H) -> Image.Image:
    """The drawing as pixels."""
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(
        f'<style>body{{margin:0}}</style><svg width="{width}" height="{height}" viewBox="0 0 {W} {H}" preserveAspectRatio="xMidYMid slice" xmlns="http://www.w3.org/2000/svg">{drawing}</svg>'
    )
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def crossing(second: float) -> str:
    """One picture of the first clip: the light turns red at 2 s and green at 5.5 s; a car passes
    from 3 s to 6 s, and a person waits and crosses while it is gone."""
    is_red = 2 <= second < 5.5
    at = -260 + (second - 3) / 3 * (W + 520)
    walker = 150 + max(0, second - 6.2) * 260
    light = f"""<rect x="1010" y="250" width="90" height="190" rx="16" fill="#22262b"/><rect x="1048" y="440" width="14" height="120" fill="#22262b"/>
      <circle cx="1055" cy="300" r="34" fill="{"#e5392f" if is_red else "#4a2522"}"/><circle cx="1055" cy="388" r="34" fill="{"#213f2a" if is_red else "#3fbf63"}"/>"""
    moving = car(at, 720, "#2b6f8f") if 3 <= second <= 6 else ""
    return f"""<rect width="{W}" height="480" fill="#b9dcec"/><rect y="480" width="{W}" height="80" fill="#d6cfc0"/><rect y="556" width="{W}" height="244" fill="#767c84"/>
      {house(90, 500, 300, 230, "#e8d3a9", "#a4543f")}{house(480, 500, 380, 280, "#c9d8d3", "#56656d")}{light}{person(walker, 556, "#b4473d", "#2f3e55")}{moving}"""


def bouncing(second: float) -> str:
    """The second clip: a ball bounces until 4 s, then rolls out of the picture."""
    height = abs(math.sin(second * math.pi)) * 380 if second < 4 else 0
    x = 180 + second * 110 if second < 4 else 620 + (second - 4) * 330
    return f"""<rect width="{W}" height="{H}" fill="#dfe7e6"/><rect y="640" width="{W}" height="160" fill="#9cbf72"/>{tree(980, 650, 1.3)}
      <ellipse cx="{x}" cy="650" rx="{70 - height / 10}" ry="10" fill="#0003"/><circle cx="{x}" cy="{580 - height}" r="66" fill="#e0a72e"/><path d="M{x - 66} {580 - height}a66 66 0 0 0 132 0" fill="#c8423a"/>"""


CLIPS = {"crossing": (crossing, 8.0), "ball": (bouncing, 6.0)}


def film(page: Page, name: str) -> None:
    """One clip, as H.264 in MP4, which every browser plays."""
    drawn, seconds = CLIPS[name]
    with tempfile.TemporaryDirectory() as folder:
        for frame in range(int(seconds * FPS)):
            shot(page, drawn(frame / FPS), width=640, height=360).save(f"{folder}/{frame:04}.png")
        run("ffmpeg", "-framerate", str(FPS), "-i", f"{folder}/%04d.png", "-c:v", "libx264", "-crf", "30",
            "-preset", "veryslow", "-pix_fmt", "yuv420p", "-g", "24", "-movflags", "+faststart", str(OUT / f"{name}.mp4"))  # fmt: skip


def speak(name: str) -> None:
    """One recording, as MP3."""
    voice, words = SPOKEN[name]
    with tempfile.TemporaryDirectory() as folder:
        run("espeak-ng", "-v", voice, "-s", "145", "-w", f"{folder}/said.wav", words, quiet=False)
        run("ffmpeg", "-i", f"{folder}/said.wav", "-ac", "1", "-ar", "22050", "-b:a", "32k", str(OUT / f"{name}.mp3"))  # fmt: skip


def run(program: str, *given: str, quiet: bool = True) -> None:
    """Raises where it fails."""
    options = ("-y", "-loglevel", "error") if quiet else ()
    subprocess.run([program, *options, *given], check=True)


def main() -> None:
    """Everything anew."""
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        for name, draw in PICTURES.items():
            picture = shot(page, draw()).quantize(128, dither=Image.Dither.NONE)
            picture.save(OUT / f"{name}.png", optimize=True)
        for name in CLIPS:
            film(page, name)
        browser.close()
    for name in SPOKEN:
        speak(name)


if __name__ == "__main__":
    main()
