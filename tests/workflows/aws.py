"""GitHub's identity service and AWS's token service on loopback, as far as a role is taken with them.

What they ask for and answer is what their documentation says: GitHub's "OpenID Connect reference" (the request's URL
and token, `audience`, `{"value": …}`), AWS's "AssumeRoleWithWebIdentity" (its form, its XML, AccessDenied by HTTP 403).
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from types import TracebackType

ROLE = "arn:aws:iam::123456789012:role/smarter-net"
SUBJECT = "repo:smarterbot/smarter-net:environment:production"
REQUEST_TOKEN = "token-to-ask-for-an-identity"
KEYS = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE==",
}
GIVEN = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <SessionToken>{AWS_SESSION_TOKEN}</SessionToken>
      <SecretAccessKey>{AWS_SECRET_ACCESS_KEY}</SecretAccessKey>
      <Expiration>2026-10-24T23:00:23Z</Expiration>
      <AccessKeyId>{AWS_ACCESS_KEY_ID}</AccessKeyId>
    </Credentials>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/smarter-net/x</Arn></AssumedRoleUser>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""
REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>AccessDenied</Code>
    <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>
  </Error>
  <RequestId>1b2c</RequestId>
</ErrorResponse>"""


@dataclass
class Aws:
    """Both services, and the subject that the role's trust policy allows."""

    allowed: str = SUBJECT
    asked: list[dict[str, str]] = field(default_factory=list)
    """The forms that AWS was sent."""

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                allowed = self.headers["Authorization"] == f"Bearer {REQUEST_TOKEN}"
                audience = parse_qs(urlsplit(self.path).query)["audience"][0]
                self.answer(200 if allowed else 401, json.dumps({"count": 1, "value": _token(audience)}))

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = {key: value[0] for key, value in parse_qs(self.rfile.read(length).decode()).items()}
                outer.asked.append(form)
                said = json.loads(base64.urlsafe_b64decode(form["WebIdentityToken"].split(".")[1] + "=="))
                good = said == {"sub": outer.allowed, "aud": "sts.amazonaws.com"} and form["RoleArn"] == ROLE
                self.answer(200 if good else 403, GIVEN.format(**KEYS) if good else REFUSED)

            def answer(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def variables(self) -> dict[str, str]:
        """What a runner gives a job that may ask for an identity, and where AWS is."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/idtoken?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            "AWS_ENDPOINT_URL_STS": url,
        }


def _token(audience: str) -> str:
    parts = ({"alg": "RS256"}, {"sub": SUBJECT, "aud": audience})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "c2lnbmF0dXJl"])
