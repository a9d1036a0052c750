"""Reading and leaving things where our pages keep theirs."""

ATTACKS: dict[str, str | tuple[str, str]] = {
    "reads cookies": "attempt(() => 'cookie:' + document.cookie);",
    "sets cookies": (
        "attempt(() => { document.cookie = 'sessionid=stolen; path=/'; });"
        "attempt(() => { document.cookie = 'csrftoken=' + 'a'.repeat(32) + '; path=/'; });"
        "element('meta', { httpEquiv: 'set-cookie', content: 'sessionid=stolen' }, document.head);"
    ),
    "fills the cookie jar": (
        "for (let i = 0; i < 300; i += 1)"
        " attempt(() => { document.cookie = 'c' + i + '=' + 'x'.repeat(3000) + '; path=/'; });"
    ),
    "asks the cookie store": "attempt(() => cookieStore.getAll().then((all) => 'cookies:' + all.length));",
    "reads local storage": "attempt(() => 'local:' + localStorage.length);",
    "reads session storage": "attempt(() => 'session:' + sessionStorage.length);",
    "opens a database": "attempt(() => { indexedDB.open('x').onsuccess = () => result('database'); });",
    "opens the caches": "attempt(() => caches.open('x').then(() => 'caches'));",
    "opens the private file system": "attempt(() => navigator.storage.getDirectory().then(() => 'files'));",
    "asks for storage access": (
        "attempt(() => document.requestStorageAccess().then(() => 'storage:' + document.cookie));"
    ),
    "registers a service worker": (
        "attempt(() => navigator.serviceWorker.register(ours + '/static/externalHIT_v1.js')"
        ".then(() => 'service worker'));"
        "attempt(() => navigator.serviceWorker.register('data:text/javascript,1')"
        ".then(() => 'service worker'));"
    ),
    "shares a worker": (
        "attempt(() => { new SharedWorker(ours + '/static/externalHIT_v1.js').port.start();"
        " return 'shared worker'; });"
    ),
    "listens on our channels": (
        "attempt(() => { const c = new BroadcastChannel('manyhands');"
        " c.onmessage = (e) => result('heard:' + e.data); c.postMessage({ manyhands: 'answered' }); });"
    ),
    "takes our locks": ("attempt(() => navigator.locks.request('manyhands', () => 'lock'));"),
    "reads the name of the window": "attempt(() => window.name && 'name:' + window.name);",
    "reads where it was opened from": "attempt(() => document.referrer && 'referrer:' + document.referrer);",
    "asks for the stored password": (
        "attempt(() => navigator.credentials.get({ password: true, mediation: 'silent' })"
        ".then((found) => found && 'password'));"
        "attempt(() => navigator.credentials.get({ publicKey: { challenge: new Uint8Array(32) } })"
        ".then(() => 'passkey'));"
    ),
}
