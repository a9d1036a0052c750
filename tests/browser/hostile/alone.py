"""What breaks: the page around it goes on, and the worker can return the HIT."""

ATTACKS: dict[str, str | tuple[str, str]] = {
    "throws": "console.info('ran to its end'); throw new Error('broken');",
    "loops without end": ("setTimeout(() => { for (;;) { /* for ever */ } }, 200);"),
    "takes memory without end": (
        "const kept = []; let rounds = 0; setInterval(() => {"
        " if (rounds < 60) { rounds += 1; kept.push(new Uint8Array(1e6).fill(rounds)); } }, 10);"
    ),
    "empties itself": "setTimeout(() => { document.documentElement.innerHTML = '<p id=result></p>'; }, 100);",
    "opens frames in frames": (
        "let inner = document.body; for (let i = 0; i < 20; i += 1) {"
        " const f = element('iframe', {}, inner); inner = f.contentDocument ? f.contentDocument.body : inner; }"
    ),
}
