from __future__ import annotations

import pytest

from config.values.secret import Secret, looks_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("N8N_ENCRYPTION_KEY", "x"),
        ("DB_PASSWORD", "x"),
        ("N8N_SMTP_PASS", "x"),
        ("github_token", "x"),
        ("SECRET_KEY_BASE", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("OPENAI_APIKEY", "x"),
        ("DATABASE_URL", "postgres://n8n:x@db/n8n"),
        ("PROXY", "http://:x@proxy"),
    ],
)
def test_a_secret_is_recognised(name: str, value: str) -> None:
    assert looks_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GENERIC_TIMEZONE", "America/Santiago"),
        ("MAX_TOKENS", "4096"),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("N8N_PUBLIC_KEY", "x"),
        ("MONKEY", "x"),
        ("USE_TOKEN", "false"),
        ("WEBHOOK_URL", "https://api.smarterbot.cl/a:b@c"),
        ("COMPASS", "x"),
    ],
)
def test_what_is_no_secret_is_left_alone(name: str, value: str) -> None:
    assert not looks_secret(name, value)


def test_a_shadow_shows_a_change_and_not_the_value() -> None:
    shadow = Secret.of("correct horse battery staple")
    assert len(shadow.fingerprint) == 4
    assert shadow != Secret.of("correct horse battery stable")
    assert "horse" not in repr(shadow)
