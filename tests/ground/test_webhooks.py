"""What somebody else's address can't make us do: reach inside, follow, wait, or read for ever."""

import ipaddress
import socket
import time

import pytest

from marketplace import webhooks
from marketplace.webhooks import NotAnswered, RefusedAddress
from tests.receivers import a_certificate, receiving

HOST = "hooks.lab.test"


@pytest.fixture
def local(settings):
    """Addresses inside the network and plain http may be tried out."""
    settings.MANYHANDS_LOCAL_WEBHOOKS = True


@pytest.fixture
def name_server(monkeypatch):
    """Names and the addresses they resolve to, in turn; each question is kept."""
    answers, asked, real = {}, [], socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host not in answers:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ([found] if isinstance(found, str) else found)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers, asked


def post(url, **headers):
    return webhooks.post(url, body=b"{}", headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
        *("198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("fec0::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1"),
        *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378::1"),
        *("2001:db8::1", "::127.0.0.1", "64:ff9b:1::a00:1", "100::1"),
    ],
)
def test_an_address_inside_some_network_is_not_public(address):
    assert not webhooks.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_of_the_internet_is_public(address):
    assert webhooks.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("http://lab.test/", "ftp://lab.test/", "//lab.test/", "lab.test", "", "https://"),
        *("https://user:word@lab.test/", "https://@lab.test/", "https://lab.test:99999999/"),
        *("https://lab.test/a b", "https://lab.test/\r\nHost: x", "https://lab.test\\@127.0.0.1/"),
        *("https://lab.test/\0", "https://läb.test/", "https://[::1", f"https://{'a' * 2048}.test"),
        *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/"),
    ],
)
def test_what_is_no_https_address_of_the_internet_is_refused_unasked(url, name_server):
    with pytest.raises(RefusedAddress):
        webhooks.check_url(url)
    assert name_server[1] == []


def test_production_posts_to_port_443_only(settings):
    webhooks.check_url("https://lab.test:8443/")
    settings.IS_PRODUCTION = True
    webhooks.check_url("https://lab.test:443/")
    with pytest.raises(RefusedAddress):
        webhooks.check_url("https://lab.test:8443/")


@pytest.mark.parametrize(
    "spelling", ["localhost", "127.1", "0x7f000001", "2130706433", "017700000001"]
)
def test_a_name_or_a_spelling_that_resolves_inside_is_refused(spelling):
    with receiving() as receiver, pytest.raises(RefusedAddress):
        post(f"https://{spelling}:{receiver.port}/")
    assert receiver.got == []


def test_one_bad_address_among_a_names_addresses_is_enough_to_refuse_it(name_server):
    name_server[0][HOST] = [["8.8.8.8", "127.0.0.1"]]
    with pytest.raises(RefusedAddress):
        post(f"https://{HOST}/")


def test_a_name_is_resolved_once_and_that_address_is_used(
    local, name_server, tmp_path, monkeypatch
):
    """DNS rebinding: the second answer would lead elsewhere, and nobody asks for it."""
    ca, context = a_certificate(tmp_path, HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    name_server[0][HOST] = ["127.0.0.1", "192.0.2.1"]
    with receiving(context) as receiver:
        answer = post(f"https://{HOST}:{receiver.port}/hook?a=b")
    assert (answer.status, answer.text) == (200, "thanks")
    assert name_server[1] == [HOST]
    (got,) = receiver.got
    assert (got.path, got.headers["Host"]) == ("/hook?a=b", f"{HOST}:{receiver.port}")


def test_a_certificate_for_another_name_is_refused(local, name_server, tmp_path, monkeypatch):
    ca, context = a_certificate(tmp_path, "elsewhere.test", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    name_server[0][HOST] = ["127.0.0.1"]
    with receiving(context) as receiver, pytest.raises(NotAnswered, match="certificate"):
        post(f"https://{HOST}:{receiver.port}/")
    assert receiver.got == []


def test_a_certificate_that_nobody_known_signed_is_refused(local, name_server, tmp_path):
    _ca, context = a_certificate(tmp_path, HOST)
    name_server[0][HOST] = ["127.0.0.1"]
    with receiving(context) as receiver, pytest.raises(NotAnswered, match="certificate"):
        post(f"https://{HOST}:{receiver.port}/")


def test_a_redirect_is_an_answer_and_not_a_way(local):
    with receiving() as receiver, receiving() as inside:
        receiver.status = 307
        receiver.headers = {"Location": f"http://127.0.0.1:{inside.port}/"}
        assert post(f"http://127.0.0.1:{receiver.port}/").status == 307
    assert inside.got == []


def test_a_host_that_drips_is_cut_off(local, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 0.5)

    def drip(handler):
        for _ in range(40):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.1)

    with receiving() as receiver:
        receiver.answer = drip
        started = time.monotonic()
        with pytest.raises(NotAnswered, match="did not answer within"):
            post(f"http://127.0.0.1:{receiver.port}/")
    assert time.monotonic() - started < 2


def test_no_more_of_an_answer_is_read_than_is_kept(local):
    with receiving() as receiver:
        receiver.text = "x" * (webhooks.MAX_ANSWER_BYTES + 1000)
        answer = post(f"http://127.0.0.1:{receiver.port}/")
    assert len(answer.text) == webhooks.MAX_ANSWER_BYTES


def test_nobody_there_is_said_in_words(local):
    with receiving() as receiver:
        port = receiver.port
    with pytest.raises(NotAnswered, match="could not be reached"):
        post(f"http://127.0.0.1:{port}/")
    with pytest.raises(NotAnswered, match="no host named"):
        post("https://no-such-host.invalid/")
