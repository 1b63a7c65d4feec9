"""A real n8n as its users see it: the operator who sets it up, and the clients of its webhook."""

from __future__ import annotations

import itertools
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.rig.visitors.browser import https
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "api.smarterbot.localhost"
HOOK = "/webhook/double"
KEY = "of the webhook's own: what only a caller knows"
CLIENTS = 6
OWNER = {"email": "owner@example.com", "firstName": "Ada", "lastName": "Owner", "password": "Only-for-tests-4711"}
LIMIT_SECONDS = 120


@dataclass(frozen=True)
class Call:
    """One call of the webhook, and what became of it."""

    number: int
    began: float
    """By the monotonic clock."""
    seconds: float
    status: int | None
    """None: the connection broke."""
    said: str

    @property
    def good(self) -> bool:
        """Whether the code of the workflow has answered."""
        return self.status == 200 and self.said == json.dumps({"twice": self.number * 2}, separators=(",", ":"))


def call(number: int, key: str = KEY) -> Call:
    """Call the webhook, on a new connection."""
    began = time.monotonic()
    content = json.dumps({"number": number}).encode()
    headers = {"Content-Type": "application/json", "X-Key": key}
    status, said = None, ""
    try:
        answer = https(HOST, HOOK, method="POST", content=content, headers=headers, timeout=LIMIT_SECONDS)
        status, said = answer.status, answer.body
    except OSError as error:
        said = repr(error)
    return Call(number, began, time.monotonic() - began, status, said)


@contextmanager
def callers() -> Iterator[list[Call]]:
    """CLIENTS call it over and over, with a number that no other call has; all calls, once the block is left."""
    calls: list[Call] = []
    numbers = itertools.count(1)
    over = threading.Event()

    def come() -> None:
        while not over.is_set():
            calls.append(call(next(numbers)))

    threads = [threading.Thread(target=come) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield calls
    finally:
        over.set()
        for thread in threads:
            thread.join()


def set_up() -> None:
    """Become the owner; make a credential, and a workflow behind a webhook that asks for it; switch it on."""
    cookie = ask("POST", "/rest/owner/setup", OWNER)[1]["set-cookie"].split(";")[0]
    credential = {"name": "caller", "type": "httpHeaderAuth", "data": {"name": "X-Key", "value": KEY}}
    known, _ = ask("POST", "/rest/credentials", credential, cookie)
    workflow, _ = ask("POST", "/rest/workflows", _workflow(known["id"]), cookie)
    ask("POST", f"/rest/workflows/{workflow['id']}/activate", {"versionId": workflow["versionId"]}, cookie)
    # The answer may come before the webhook is there.
    until(lambda: call(0).good, "the webhook answers", seconds=LIMIT_SECONDS)


def ask(method: str, path: str, body: dict[str, Any], cookie: str = "") -> tuple[Any, dict[str, str]]:
    """One request of the editor's: the data of its answer, and the headers."""
    headers = {"Content-Type": "application/json", "Cookie": cookie}
    answer = https(HOST, path, method=method, content=json.dumps(body).encode(), headers=headers)
    assert answer.status == 200, f"{path}: {answer.status} {answer.body}"
    return json.loads(answer.body)["data"], answer.headers


def _workflow(credential: str) -> dict[str, Any]:
    hook = {
        "id": "5c2a3c0e-7f0b-4d2c-9a44-0c5a7a1f0001", "name": "Webhook", "type": "n8n-nodes-base.webhook",
        "typeVersion": 2, "position": [0, 0], "webhookId": "5c2a3c0e-7f0b-4d2c-9a44-0c5a7a1f0002",
        "parameters": {
            "httpMethod": "POST", "path": HOOK.removeprefix("/webhook/"), "responseMode": "lastNode",
            "authentication": "headerAuth",
        },
        "credentials": {"httpHeaderAuth": {"id": credential, "name": "caller"}},
    }  # fmt: skip
    code = {
        "id": "5c2a3c0e-7f0b-4d2c-9a44-0c5a7a1f0003", "name": "Code", "type": "n8n-nodes-base.code", "typeVersion": 2,
        "position": [220, 0],
        "parameters": {"jsCode": "return [{ json: { twice: $input.first().json.body.number * 2 } }];"},
    }  # fmt: skip
    following = {"Webhook": {"main": [[{"node": "Code", "type": "main", "index": 0}]]}}
    return {"name": "double", "nodes": [hook, code], "connections": following, "settings": {"executionOrder": "v1"}}
