"""Having the page around it open what nobody should, in a tab that nothing confines."""

ATTACKS: dict[str, str | tuple[str, str]] = {
    "offers our own pages in every spelling": (
        "const here = new URL(ours), path = '/money/', port = ':' + here.port;"
        "const whole = here.hostname.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);"
        "[ours + path, 'HTTP://' + here.host + path, 'http:' + here.host + path,"
        " 'http:\\\\\\\\' + here.host + path, 'http:/\\\\' + here.host + path,"
        " ' \\t\\n' + ours.replace('//', '/\\t/') + path, '//' + here.host + path,"
        " 'http://survey.test@' + here.host + path, 'http://:secret@' + here.host + path,"
        " 'http://' + here.host + '\\\\@survey.test' + path, 'http://' + here.host + '#@survey.test',"
        " 'http://' + here.hostname + './', 'http://' + here.hostname + '.' + port + path,"
        " 'http://' + here.hostname + ':1/', 'https://' + here.hostname + path,"
        " 'http://' + whole + port, 'http://0x' + whole.toString(16) + port,"
        " 'http://127.1' + port, 'http://%31' + here.host.slice(1),"
        " 'http://' + here.host.replace('1', '\\uff11'),"
        " 'http://' + here.hostname.replaceAll('.', '\\u3002') + port,"
        "].forEach((url) => top.postMessage({ manyhands: 'open', url }, '*'));"
    ),
    "offers what is no page": (
        "['javascript:document.title=1', 'JavaScript://survey.test/%0aalert(1)', 'data:text/html,x',"
        " URL.createObjectURL(new Blob(['x'], { type: 'text/html' })), 'file:///etc/passwd',"
        " 'about:blank', 'view-source:https://survey.test/', 'intent://survey.test/#Intent;end',"
        " 'mailto:a@survey.test', 'survey.test', '/work/', '', 'https://', 'https://survey.test:x/',"
        " 'https://survey.test/' + 'x'.repeat(3000), 7, null, undefined, true, { href: 'https://survey.test/' },"
        " ['https://survey.test/'], new Date(), new Map(),"
        "].forEach((url) => top.postMessage({ manyhands: 'open', url }, '*'));"
        "[null, 'open', 7, [], { manyhands: ['open'], url: 'https://survey.test/' },"
        "].forEach((message) => top.postMessage(message, '*'));"
    ),
    "offers a page with a name or password in its address": (
        "['https://marketplace@survey.test/', 'https://a:b@survey.test/', 'https://:b@survey.test/',"
        "].forEach((url) => top.postMessage({ manyhands: 'open', url }, '*'));"
    ),
    "offers a page from a frame within it": (
        "element('iframe', { srcdoc: '<script>top.postMessage("
        '{ manyhands: "open", url: "https://survey.test/" }, "*")</\' + \'script>\' });'
    ),
}
