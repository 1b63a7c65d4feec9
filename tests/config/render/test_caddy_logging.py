"""What a real Caddy writes about a request: where it went and what became of it, and nothing that could be a secret."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.config.render.running import CUT, Running, running
from tests.config.render.test_caddy_access import basic
from tests.config.stacks import HASH, PASSWORD, topology
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "api.smarterbot.cl"
SECRET = "leaked4711"
NAMES = (
    "Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key", "Apikey", "X-Auth-Token",
    "X-Access-Token", "X-Refresh-Token", "X-Csrf-Token", "X-Xsrf-Token", "X-N8n-Api-Key", "X-Metabase-Session",
    "X-Session-Id", "X-Telegram-Bot-Api-Secret-Token", "X-Gitlab-Token", "X-Hub-Signature", "X-Hub-Signature-256",
    "Stripe-Signature", "X-Slack-Signature", "X-Shopify-Hmac-Sha256", "X-Twilio-Signature", "X-Amz-Security-Token",
    "X-Vault-Token", "X-Goog-Api-Key", "Ocp-Apim-Subscription-Key", "X-Functions-Key", "Private-Token", "Job-Token",
    "Dd-Api-Key", "access_token", "refresh_token", "id_token", "client_secret", "state", "code", "jwt", "Token",
    "signature", "password", "passwd", "pwd", "secret", "sig", "key", "auth", "credential", "otp", "pin",
    "SAMLResponse",
)  # fmt: skip
LEAST = 40
PLANTED = "/planted-path/and-more"
LONG = "0123456789abcdefghijK" + SECRET
IN_A_PATH = (
    "/webhook/9f8b7c6d-1234-4abc-8def-0123456789ab{SECRET}", "/reset/{LONG}/x", "/x;jsessionid={SECRET}",
    "/x/access_token={SECRET}", "/x%3Ftoken={SECRET}", "/x%23access_token%3D{SECRET}", "http://ops:{SECRET}@{HOST}/x",
    "/webhook/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkw.{SECRET}",
)  # fmt: skip
ANSWERED = {
    "Location": f"https://elsewhere.example/back?code={SECRET}",
    "Set-Cookie": f"session={SECRET}",
    "X-Api-Key": SECRET,
    "Refresh": f"0; url=/x?token={SECRET}",
}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stack = topology("prod")
    with running(stack, tmp_path_factory.mktemp("caddy"), logins=HASH, answered=ANSWERED) as found:
        yield found


def ask(port: int, target: str, headers: dict[str, str], host: str = HOST) -> int:
    """Status of the answer; 0 if it breaks off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", target, headers={"Host": host, **headers})
        answer = connection.getresponse()
        answer.read()
    except http.client.HTTPException:
        return 0
    else:
        return answer.status
    finally:
        connection.close()


def entries(proxy: Running, path: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in proxy.log.splitlines() if line.endswith("}")]
    return [entry for entry in lines if entry.get("request", {}).get("uri", "").startswith(path)]


def secret_requests() -> Iterator[tuple[str, dict[str, str]]]:
    """Targets and headers: a secret in each place that a client or a browser has for one."""
    for name in NAMES:
        yield f"{PLANTED}?a=1&{name}={SECRET}&b=2", {}
        yield PLANTED, {name.replace("_", "-"): f"Bearer {SECRET}"}
        yield PLANTED, {"Referer": f"https://{HOST}/x?{name}={SECRET}"}
    for target in IN_A_PATH:
        yield target, {}


def test_no_secret_is_in_the_log_and_the_path_is(proxy: Running) -> None:
    assert len(NAMES) >= LEAST
    for target, headers in secret_requests():
        for server in ("edge", "redirect", "network-5678"):
            ask(proxy.ports[server], target, headers)
    until(lambda: len(entries(proxy, PLANTED)) >= len(NAMES) * 6, "every request is in the log")
    assert [line for line in proxy.log.splitlines() if SECRET in line] == []


def test_a_password_and_who_gave_it_are_not_in_the_log(proxy: Running) -> None:
    given = [basic("ops", PASSWORD), basic(SECRET, SECRET), basic("ops", SECRET)]
    found = [ask(proxy.ports["edge"], "/logged-in?x=1", {"Authorization": each}) for each in given]
    assert found == [200, 401, 401]
    logged = until(lambda: len(found := entries(proxy, "/logged-in")) == len(given) and found, "all are in the log")
    text = json.dumps(logged)
    assert not [word for word in (SECRET, PASSWORD, '"ops"', *(each.split()[1] for each in given)) if word in text]


def test_an_answer_that_breaks_off_is_told_without_the_request_s_secrets(proxy: Running) -> None:
    asked = {"Authorization": basic("ops", PASSWORD), "X-Api-Key": SECRET}
    assert ask(proxy.ports["edge"], f"{CUT}?token={SECRET}", asked) == 0
    until(lambda: "aborting with incomplete response" in proxy.log, "the proxy tells that the answer broke off")
    assert SECRET not in proxy.log


def test_an_entry_has_what_an_operator_looks_for_and_nothing_else(proxy: Running) -> None:
    ask(proxy.ports["edge"], "/webhook/entry?x=1", {"User-Agent": "curl/8.1", "X-Other": "1"})
    (entry,) = until(lambda: entries(proxy, "/webhook/entry"), "the request is in the log")
    assert set(entry) == {
        "level", "ts", "logger", "msg", "request", "user_agent", "bytes_read", "duration", "size", "status",
    }  # fmt: skip
    assert set(entry["request"]) == {"remote_ip", "remote_port", "client_ip", "proto", "method", "host", "uri"}
    assert (entry["status"], entry["user_agent"]) == (200, "curl/8.1")
    assert entry["request"]["host"] == HOST
    assert entry["request"]["uri"] == "/webhook/entry?*"
