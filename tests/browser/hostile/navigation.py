"""Taking the worker somewhere else."""

ATTACKS: dict[str, str | tuple[str, str]] = {
    "sets the top's address": "attempt(() => { top.location = ours + '/work/earnings/'; });",
    "sets the parent's address to data": (
        "attempt(() => { parent.location.href = 'data:text/html,moved'; });"
    ),
    "runs a script as the top's address": (
        "attempt(() => { top.location = 'javascript:document.title=1'; });"
    ),
    "replaces the top": "attempt(() => { top.location.replace(ours + '/work/queue/'); });",
    "clicks a link to the top": (
        "element('a', { href: ours + '/work/queue/', target: '_top' }).click();"
    ),
    "clicks a link to the parent": (
        "element('a', { href: ours + '/work/queue/', target: '_parent' }).click();"
    ),
    "makes the top its base": (
        '<base target="_top">',
        "element('a', { href: ours + '/work/queue/' }).click();",
    ),
    "submits a form into the top": (
        "const f = element('form', { action: ours + '/work/queue/', target: '_top' });"
        "HTMLFormElement.prototype.submit.call(f);"
    ),
    "opens into the top": "attempt(() => { open(ours + '/work/queue/', '_top'); });",
    "opens into the parent by its name": (
        "attempt(() => { open(ours + '/work/queue/', parent.name || '_parent'); });"
    ),
    "goes back in the window's history": "attempt(() => { history.go(-1); history.back(); });",
    "closes the window": "attempt(() => { top.close(); }); attempt(() => { close(); });",
    "stops the page around it": "attempt(() => { top.stop(); });",
    "moves itself onto one of our pages": (
        "setTimeout(() => { location.href = ours + '/work/earnings/'; }, 300);"
    ),
    "refreshes itself onto one of our pages": (
        '<meta http-equiv="refresh" content="0; url=/work/earnings/">',
        "element('meta', { httpEquiv: 'refresh', content: '0; url=' + ours + '/work/earnings/' },"
        " document.head);",
    ),
    "lets a frame within it move the top": (
        "element('iframe', { srcdoc:"
        " `<script>try { top.location = '${ours}/work/queue/' } catch (e) {}</` + `script>` });"
    ),
    "lets a sandboxed frame within it claim more rights": (
        "const i = document.createElement('iframe');"
        "i.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-top-navigation');"
        "i.srcdoc = `<script>try { top.location = '${ours}/work/queue/' } catch (e) {}"
        " try { parent.result('cookie:' + document.cookie) } catch (e) {}</` + `script>`;"
        "document.body.append(i);"
    ),
    "opens a popup and goes on from there": (
        "const w = open(ours + '/work/earnings/');"
        "setTimeout(() => { attempt(() => 'popup:' + w.document.title);"
        " attempt(() => { w.opener.top.location = ours + '/work/queue/'; }); }, 1000);"
    ),
    "opens a popup that moves its opener": (
        "attempt(() => { const w = open('about:blank');"
        " w.document.write(`<script>opener.top.location = '${ours}/work/queue/'</` + `script>`); });"
    ),
    "opens fifty popups": "for (let i = 0; i < 50; i += 1) attempt(() => { open(ours + '/'); });",
    "keeps asking whether to leave": (
        "addEventListener('beforeunload', (e) => { e.preventDefault(); e.returnValue = 'Stay'; });"
        "attempt(() => { top.onbeforeunload = () => 'Stay'; });"
    ),
}
