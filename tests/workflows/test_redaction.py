"""What looks like a secret is in no report, of whichever maker; what a reviewer has to read stays as it is."""

from __future__ import annotations

import pytest
from plan_report import HIDDEN, LIMIT, without_secrets

R = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7d"
"""40 characters as a program makes them at random."""
HEX = "0123456789abcdef0123456789abcdef"
PEM = "-----BEGIN {0}-----\nb3BlbnNzaC1rZXktdjEAAAAA\nsecondline\n-----END {0}-----"
BCRYPT = "$2b$12$FTWhA9oScYXPpJbR4uxKMu47LG0DQQFOwtZpy/QZ.QH4u0gzjdFLC"
W = "hunter22"

SECRETS = [
    # Where the maker's prefix tells it.
    (f"GitHub, fine-grained: github_pat_{R}", R),
    (f"GitHub, classic: ghp_{R[:36]}", R[:36]),
    (f"GitHub, of an app: ghs_{R[:36]}", R[:36]),
    (f"GitLab: glpat-{R[:20]}", R[:20]),
    (f"GitLab, of a runner: glrt-{R[:20]}", R[:20]),
    (f"Slack: xoxb-123456789012-{R[:24]}", R[:24]),
    (f"Slack, of an app: xapp-1-A0123-{R[:24]}", R[:24]),
    (f"https://hooks.slack.com/services/T00000000/B00000000/{R[:24]}", R[:24]),
    (f"https://discord.com/api/webhooks/123456789/{R}", R),
    (f"Stripe: sk_live_{R[:24]}", R[:24]),
    (f"Stripe, restricted: rk_live_{R[:24]}", R[:24]),
    (f"Stripe, webhooks: whsec_{R[:32]}", R[:32]),
    ("AWS: AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("AWS, for a time: ASIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("aws_secret_access_key=/JalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "JalrXUtnFEMI"),
    (f"https://s3/x?X-Amz-Signature={HEX}{HEX}", HEX),
    (f"Google: AIza{R[:35]}", R[:35]),
    (f"Google, OAuth: ya29.{R}", R),
    (f"Google, client: GOCSPX-{R[:28]}", R[:28]),
    (f"CLOUDFLARE_API_TOKEN={R}", R),
    (f"Cloudflare, alone in a line: {R}", R),
    (f"Cloudflare, origin: v1.0-{HEX[:24]}-{HEX}{HEX}", HEX),
    (f"https://api.telegram.org/bot123456789:{R[:35]}/getMe", R[:35]),
    (f"npm_{R[:36]}", R[:36]),
    (f"//registry.npmjs.org/:_authToken={W}", W),
    (f"pypi-AgEIcHlwaS5vcmc{R}", R),
    (f"dckr_pat_{R[:27]}", R[:27]),
    ('"auths": {"ghcr.io": {"auth": "c21hcnRlcmNsOmh1bnRlcjIy"}}', "c21hcnRl"),
    (f"hvs.{R}", R),
    (f"tskey-auth-{R[:20]}", R[:20]),
    (f"SG.{R[:22]}.{R}", R[:22]),
    (f"OpenAI: sk-proj-{R}", R),
    (f"Anthropic: sk-ant-api03-{R}", R),
    (f"hf_{R[:34]}", R[:34]),
    (f"dop_v1_{HEX}{HEX}", HEX),
    (f"glsa_{R[:32]}_0123abcd", R[:32]),
    (f"login with pul-{HEX}01234567", HEX),
    ("AGE-SECRET-KEY-1QQPQRZ9XJ4K3M2N5P6Q7R8S9T0U2V3W4X5Y6Z7A8B9C0D1E2F3G", "QQPQRZ9X"),
    # Keys, hashes, signed JSON.
    (PEM.format("OPENSSH PRIVATE KEY"), "secondline"),
    (PEM.format("RSA PRIVATE KEY"), "secondline"),
    (PEM.format("EC PRIVATE KEY")[:50], "b3Blbn"),
    (PEM.format("ENCRYPTED PRIVATE KEY"), "secondline"),
    (PEM.format("PGP PRIVATE KEY BLOCK"), "secondline"),
    (f'"private_key": "{PEM.format("PRIVATE KEY")}"'.replace("\n", "\\n"), "secondline"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "c2lnbmF0"),
    ("eyJhbGciOiJSU0EifQ.c29tZSBrZXk.aXY0NTY3ODkw.Y2lwaGVydGV4dA.dGFndGFn", "dGFndGFn"),
    (f"ops:{BCRYPT}", BCRYPT[7:]),
    ("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", "RdescudvJ"),
    (f"root:$6$rounds$saltsalt{R}:19000", R),
    # Addresses and connection strings.
    (f"postgres://n8n:{W}@db:5432/n8n", W),
    (f"postgres://n8n:{W}/x@y@db:5432/n8n", W),
    (f"redis://:{W}@redis:6379/0", W),
    (f"amqp://guest:{W}@[::1]:5672", W),
    (f"https://{HEX}@o1.ingest.sentry.io/42", HEX),
    (f"Server=db;User Id=sa;Password={W};", W),
    (f"host=db user=n8n password='{W} 1' dbname=n8n", W),
    ("DefaultEndpointsProtocol=https;AccountName=x;AccountKey=c2VjcmV0c2VjcmV0c2VjcmV0==;", "c2VjcmV0"),
    (f"db:5432:n8n:n8n:{W}", W),
    (f"machine ghcr.io login smartercl password {W}", W),
    # `name=value` and its kin.
    (f"N8N_ENCRYPTION_KEY={W}", W),
    (f"export DB_PASS={W}", W),
    (f"PGPASSWORD={W} psql", W),
    (f'  "smtp-password": "{W} 22"', W),
    (f'{{\\"password\\":\\"{W}\\"}}', W),
    (f"{{'client_secret': '{W}'}}", W),
    (f"passphrase: {W}", W),
    (f"password: |\n    {W}\nnext: 1", W),
    (f"- name: SMTP_PASSWORD\n  value: {W}", W),
    (f'{{"name": "API_KEY", "value": "{W}"}}', W),
    (f"contraseña: {W}", W),
    (f"https://x/y?access_token={W}&z=1", W),
    (f"https://x/y?sig={W}", W),
    (f"<password>{W}</password>", W),
    (f"Authorization: Bearer {W}{W}", W),
    ("Authorization: Basic b3BzOmh1bnRlcjIy", "b3BzOmh1"),
    (f"Cookie: theme=dark; sid={W}", W),
    (f"X-Api-Key: {W}", W),
    (f"docker login --username x --password {W} ghcr.io", W),
    (f"restic --token={W}", W),
    (f"curl -u ops:{W} https://x", W),
    (f"DB_PASSWORD => {W}", W),
]

PUBLIC = "AAAAC3NzaC1lZDI1NTE5AAAAIDyQvbnjPOkQo0GJ4cKwzU8xT1nq9vZb2sXhW7yL3fRt"
HARMLESS = [
    f"caddy:2.11.4@sha256:{HEX}{HEX}",
    f"+ image: docker.n8n.io/n8nio/n8n:2.41.6@sha256:{HEX}{HEX} → 2.42.0@sha256:{HEX[::-1]}{HEX}",
    f"~ host-key: ssh-ed25519 {PUBLIC}",
    f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{R} ops@laptop",
    "256 SHA256:Q8ah7Qy8X7oNR4RXdE8507eAYgkZbZTqxY8Iv4bhwP8 root@vps (ED25519)",
    f"Commit {HEX}01234567, [run](https://github.com/SmarterCL/smarter-net/actions/runs/1234567890)",
    f"container {HEX}{HEX} is gone",
    "n8n-3f2a1bc does not run; will be started again",
    "DNS mkt.smarterbot.cl A 203.0.113.10 → 203.0.113.11, AAAA 2001:db8::10",
    "zone 023e105f4ecef8ad9ca31a8372d0c353",
    "urn:pulumi:prod::smarter-net::smarter-net:components:Platform$command:local:Command::n8n-rollout",
    "ssh://root@203.0.113.10:22",
    "https://mkt.smarterbot.cl:8443/path/x@2x.png",
    "git@github.com:SmarterCL/smarter-net.git",
    "ops@smarterbot.cl",
    "~ n8n: memory 1024MiB → 2048MiB, environment GENERIC_TIMEZONE: America/Santiago → UTC",
    "+ site kpi.smarterbot.cl: opens → metabase, with a password (ops)",
    "+ n8n: gets secret smtp-password as N8N_SMTP_PASS",
    "error: secret:smtp-password: is missing; run `make secrets`, or `pulumi config set --secret secret:smtp-password`",
    "error: secret:registry-ghcr-io: is missing: smartercl logs in to ghcr.io with it",
    "POSTGRES_PASSWORD_FILE=/run/secrets/n8n-database-password",
    "sites[1].basic-auth: is there already; remove one of the two",
    "2026-11-26T10:15:30Z took 12:30:45",
    "id 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "age1qqpqrz9xj4k3m2n5p6q7r8s9t0u2v3w4x5y6z7a8b9c0d1e2f3g",
    "integrity sha512-Q8ah7Qy8X7oNR4RXdE8507eAYgkZbZTqxY8Iv4bhwP8Q8ah7Qy8X7oNR4RXdE8507eAYg",
    "12 passed, 0 failed",
    "authors: SmarterCL",
    "the token is wrong",
    "keys: 4",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS, ids=[text[:30] for text, _ in SECRETS])
def test_a_secret_of_that_shape_is_hidden(text: str, secret: str) -> None:
    said = f"  before\n{text}\n  after the end"
    hidden = without_secrets(said, [])
    assert secret not in hidden
    assert HIDDEN in hidden
    assert hidden.startswith("  before\n")
    # A key that is cut off takes what stands behind it along.
    assert hidden.endswith("\n  after the end") or "BEGIN" in text


def test_there_are_more_than_were_tried_once() -> None:
    assert len(SECRETS) >= 52


@pytest.mark.parametrize("text", HARMLESS, ids=[text[:30] for text in HARMLESS])
def test_what_a_reviewer_reads_stays(text: str) -> None:
    assert without_secrets(f"a\n{text}\nb", []) == f"a\n{text}\nb"


PIECES = [
    "a",
    "A1a",
    "a-",
    "password",
    "password:",
    "://a:",
    "://a:b@",
    "$2b$",
    "name: key value",
    "\\",
    '"',
    "sk-",
    "a:1:",
]


@pytest.mark.parametrize("piece", PIECES)
def test_it_takes_no_longer_than_the_text_is_long(piece: str) -> None:
    """A pattern that tries each part of a long word again takes minutes."""
    without_secrets(piece * (2 * LIMIT // len(piece)), [])
