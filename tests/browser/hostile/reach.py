"""Reading and acting in our pages as the worker who has signed in."""

ATTACKS: dict[str, str | tuple[str, str]] = {
    "reads the page around it": "attempt(() => 'title:' + parent.document.title);",
    "clicks in the page around it": (
        "attempt(() => { parent.document.querySelector('[data-key=r]').click(); return 'clicked'; });"
    ),
    "asks which element frames it": "attempt(() => frameElement && 'frame:' + frameElement.id);",
    "runs a script in the page around it": "attempt(() => { parent.eval('document.title'); return 'ran'; });",
    "walks the windows around it": (
        "for (let i = 0; i < top.length; i += 1)"
        " attempt(() => top[i] !== window && 'window:' + top[i].document.title);"
    ),
    "relaxes its domain": (
        "attempt(() => { document.domain = location.hostname; return 'domain:' + parent.document.title; });"
    ),
    "spoils the prototypes of the page around it": (
        "attempt(() => { parent.Object.prototype.spoiled = 1; return 'spoiled'; });"
    ),
    "types into the page around it": (
        "for (const key of ['r', 'Enter', 'Escape', ' ']) {"
        " document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));"
        " attempt(() => { parent.dispatchEvent(new KeyboardEvent('keydown', { key })); return 'typed'; }); }"
    ),
    "fetches our pages as the worker": (
        "attempt(() => fetch(ours + '/work/earnings/', { credentials: 'include' })"
        ".then((r) => r.text()).then((t) => 'read:' + t.length));"
        "attempt(() => fetch(ours + '/api/v1/me/', { credentials: 'include' })"
        ".then((r) => r.text()).then((t) => 'read:' + t.length));"
    ),
    "returns the HIT by fetch": (
        "attempt(() => fetch(ours + '/work/task/' + mine + '/return/',"
        " { method: 'POST', credentials: 'include', mode: 'no-cors' }).then(() => ''));"
    ),
    "returns the HIT by XMLHttpRequest": (
        "attempt(() => { const x = new XMLHttpRequest();"
        " x.open('POST', ours + '/work/task/' + mine + '/return/'); x.withCredentials = true;"
        " x.onload = () => result('read:' + x.status); x.send(); });"
    ),
    "returns the HIT by beacon": (
        "attempt(() => { navigator.sendBeacon(ours + '/work/task/' + mine + '/return/', 'x'); });"
    ),
    "returns the HIT by a form": (
        "const f = element('form', { method: 'post', action: ours + '/work/task/' + mine + '/return/' });"
        "HTMLFormElement.prototype.submit.call(f);"
    ),
    "posts a form to the admin": (
        "const f = element('form', { method: 'post', action: ours + '/admin/' });"
        "HTMLFormElement.prototype.submit.call(f);"
    ),
    "signs the worker out by a form": (
        "const f = element('form', { method: 'post', action: ours + '/accounts/logout/' });"
        "HTMLFormElement.prototype.submit.call(f);"
    ),
    "signs the worker out by an image": (
        "element('img', { src: ours + '/accounts/logout/' });"
        "element('link', { rel: 'prefetch', href: ours + '/accounts/logout/' }, document.head);"
    ),
    "posts a form by a button's own address": (
        "const f = element('form', { method: 'post' });"
        "const b = element('button', { formAction: ours + '/accounts/logout/' }, f); b.click();"
    ),
    "posts a form into a popup": (
        "const f = element('form', { method: 'post', target: '_blank',"
        " action: ours + '/work/task/' + mine + '/return/' });"
        "HTMLFormElement.prototype.submit.call(f);"
    ),
    "frames our pages and reads them": (
        "const i = element('iframe', { src: ours + '/work/earnings/' });"
        "i.onload = () => attempt(() => 'framed:' + i.contentDocument.title);"
    ),
    "embeds our pages as objects": (
        "const o = element('object', { data: ours + '/work/earnings/', type: 'text/html' });"
        "setTimeout(() => attempt(() => o.contentDocument && 'object:' + o.contentDocument.title), 800);"
    ),
    "takes our pages for scripts and styles": (
        "element('script', { src: ours + '/api/v1/me/', onload: () => result('script') });"
        "const l = element('link', { rel: 'stylesheet', href: ours + '/work/earnings/' }, document.head);"
        "l.onload = () => attempt(() => l.sheet.cssRules.length ? 'style' : '');"
    ),
    "imports our pages as modules": (
        "attempt(() => import(ours + '/api/v1/me/').then(() => 'module'));"
    ),
    "draws our pictures and reads them back": (
        "const p = element('img', { src: ours + '/accounts/2fa/totp/activate/' });"
        "p.onload = () => attempt(() => { const c = element('canvas', {});"
        " c.getContext('2d').drawImage(p, 0, 0); return 'drawn:' + c.toDataURL().length; });"
    ),
    "opens streams to us": (
        "attempt(() => { new EventSource(ours + '/work/earnings/', { withCredentials: true })"
        ".onmessage = () => result('stream'); });"
        "attempt(() => { new WebSocket(ours.replace('http', 'ws') + '/').onopen = () => result('socket'); });"
    ),
    "lies to the page around it": (
        "for (let i = 0; i < 50; i += 1) for (const lie of [{ manyhands: 'answered' },"
        " { manyhands: 'answered', status: 'Submitted', is_submitted: true },"
        " { manyhands: 'height', height: 1e9 }, { manyhands: 'height', height: '1px;x' },"
        " { manyhands: 'height', height: -1 }, { manyhands: 'height', height: NaN },"
        " { __proto__: { manyhands: 'answered' } }, [], null, 'answered'])"
        " parent.postMessage(lie, '*');"
    ),
    "sends the page around it what can't be read": (
        "const channel = new MessageChannel(); parent.postMessage({ manyhands: channel.port1 }, '*',"
        " [channel.port1]);"
        "let deep = {}; for (let i = 0; i < 2000; i += 1) deep = { manyhands: deep };"
        "attempt(() => { parent.postMessage(deep, '*'); });"
        "parent.postMessage({ manyhands: 'x'.repeat(5e6) }, '*');"
    ),
    "submits for another assignment": (
        "attempt(() => fetch(ours + '/mturk/externalSubmit', { method: 'POST', mode: 'no-cors',"
        " body: new URLSearchParams({ assignmentId: 'A'.repeat(30), answer: 'x' }) }).then(() => ''));"
    ),
}
