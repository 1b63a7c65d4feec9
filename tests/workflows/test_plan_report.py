"""A plan as Markdown: what is on top, what is left out, what can never be in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_report import HIDDEN, LIMIT, plain, report, without_secrets

SCRIPT = Path(__file__).parents[2] / ".github/steps/plan_report.py"
PLAN = """\
• n8n: n8n-3f2a1bc does not run; would be started again
Previewing update (staging):

@ previewing update....
    pulumi:pulumi:Stack smarter-net-staging running
 ~  command:local:Command n8n-rollout update [diff: ~environment]
    pulumi:pulumi:Stack smarter-net-staging

Resources:
    ~ 5 to update
    +-2 to replace
    7 changes. 42 unchanged

What changes
  + site kpi.smarterbot.cl: opens → metabase, with a password (ops)
  - site ai.smarterbot.cl: closes (was nexa-runtime)
  ~ n8n: image docker.n8n.io/n8nio/n8n:2.41.6 → 2.42.0
What visitors notice
  smarteros-blogbowl: rolling update: no interruption
  n8n: recreate: requests queue for ≈ 8 s, as last time
"""
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----"


def test_visitors_and_what_was_found_are_on_top_and_the_plan_is_folded() -> None:
    shown = report("staging", PLAN, failed=False)
    top, folded = shown.split("<details>")
    assert top.startswith("### staging\n")
    # GitHub colours these lines: green, red, orange.
    assert (
        """**What changes**

```diff
+ site kpi.smarterbot.cl: opens → metabase, with a password (ops)
- site ai.smarterbot.cl: closes (was nexa-runtime)
! n8n: image docker.n8n.io/n8nio/n8n:2.41.6 → 2.42.0
```"""
        in top
    )
    assert top.index("What changes") < top.index("What visitors notice")
    assert "n8n: recreate: requests queue for ≈ 8 s, as last time\n```" in top
    assert "• n8n: n8n-3f2a1bc does not run; would be started again" in top
    assert "n8n-rollout" not in top
    assert "<summary>Plan: 5 to update, 2 to replace, 42 unchanged</summary>" in folded
    assert "n8n-rollout update [diff: ~environment]" in folded
    assert "@ previewing" not in folded
    assert folded.endswith("```\n\n</details>\n")


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["+ 1 to create", "42 unchanged"], "1 to create, 42 unchanged"),
        (["~ 5 to update", "+-2 to replace", "7 changes. 42 unchanged"], "5 to update, 2 to replace, 42 unchanged"),
        (["+ 31 to create"], "31 to create"),
        (["- 1 to delete", "+ 1 to create", "2 changes. 1 unchanged"], "1 to delete, 1 to create, 1 unchanged"),
        (["42 unchanged"], "42 unchanged"),
    ],
)
def test_the_title_has_the_counts(lines: list[str], title: str) -> None:
    log = "Resources:\n" + "".join(f"    {line}\n" for line in lines)
    assert f"<summary>Plan: {title}</summary>" in report("prod", log, failed=False)


def test_nothing_to_change_says_so() -> None:
    assert "Nothing to change." in report("prod", "Previewing\nprod: nothing to change.\n", failed=False)
    assert "Nothing to change." not in report("prod", "staging: nothing to change.\n", failed=False)


def test_a_failure_shows_its_reason_on_top() -> None:
    log = "Previewing\nerror: docker: no daemon answers\nmake: *** [Makefile:27: preview] Error 1\n"
    top = report("prod", log, failed=True).split("<details>")[0]
    assert "could not be made" in top
    assert "error: docker: no daemon answers" in top


def test_a_night_says_what_it_found() -> None:
    assert "As it was deployed." in report("prod", "prod: as it was deployed.\n", failed=False)
    log = "• n8n: its network is gone\nprod: differs from what was deployed.\nmake: *** [Makefile:83: drift] Error 1\n"
    top = report("prod", log, failed=True).split("<details>")[0]
    assert "Differs from what was deployed." in top
    assert "• n8n: its network is gone" in top
    assert "could not be made" not in top


def test_a_night_tells_the_names_faults_from_the_servers() -> None:
    log = """\
• DNS mkt.example.org: no address; make a record: mkt.example.org A 100.64.0.10
• n8n: its network is gone
• certificate of mkt.example.org: ends in 3 days and was not renewed
• the plan above is not empty: `make up` carries it out
prod: differs from what was deployed.
"""
    top = report("prod", log, failed=True).split("<details>")[0]
    headings = [line.strip("*") for line in top.splitlines() if line.startswith("**")]
    assert headings == [
        "Names that do not lead to the server",
        "The server is not as the last run left it",
        "Certificates",
        "Not deployed yet, or changed on the server",
    ]
    server = top[top.index(headings[1]) : top.index(headings[2])]
    assert "its network is gone" in server
    assert "DNS" not in server


def test_colours_and_what_moves_the_cursor_are_gone() -> None:
    coloured = "\x1b[1m\x1b[38;5;2m+ create\x1b[0m\x1b]8;;https://x\x1b\\link\x1b]8;;\x07\r\n\x1b[2K\x07a\u202eb\u200bc"
    assert plain(coloured) == "+ createlink\nabc"


def test_neither_fence_nor_fold_can_be_left_early() -> None:
    shown = report("prod", "What visitors notice\n  ```\n  </details> @everyone\nx\n`````\n", failed=False)
    assert "````text\n```\n</details> @everyone\n````" in shown
    assert shown.endswith("``````\n\n</details>\n")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key: {KEY} after", "b3BlbnNz"),
        (KEY[:60], "b3BlbnNz"),
        ("token ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_"),
        ("github_pat_0123456789abcdef_0123456789abcdef", "0123456789abcdef"),
        ("login with pul-0123456789abcdef0123456789abcdef01234567", "0123456789abcdef"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSF"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("postgres://n8n:hunter22@db:5432/n8n", "hunter22"),
        ("Authorization: Bearer abcdef.0123456", "abcdef.0123456"),
        ("N8N_ENCRYPTION_KEY=abcd1234abcd1234", "abcd1234"),
        ('"smtp-password": "hunter 22"', "hunter 22"),
        ("passphrase: hunter22", "hunter22"),
        ("  + dokploy-auth-secret: 'hunter22'", "hunter22"),
        ("DB_PASSWORD => hunter22", "hunter22"),
        ("secret:hunter22", "hunter22"),
        ("password: not-known-22", "not-known-22"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, secret: str) -> None:
    hidden = without_secrets(text, [])
    assert secret not in hidden
    assert HIDDEN in hidden


@pytest.mark.parametrize(
    "text",
    [
        "image: caddy:2.11.4@sha256:844f60b64e4724a5aa8245e019dace0d3f199f7433ce6c57676cb30a920dbad9",
        "secret: [secret]",
        'token: "[secret]"',
        "error: PULUMI_CONFIG_PASSPHRASE: not set; set it to the passphrase of Pulumi.prod.yaml",
        "error: Missing required configuration variable 'secret:n8n-encryption-key'",
        "error: secret:n8n-encryption-key: is missing; run `pulumi config set --secret secret:n8n-encryption-key`",
        "secrets-digest: sha256:844f60b64e4724a5",
        "~  command:local:Command n8n-rollout update [diff: ~environment]",
        "https://mkt.smarterbot.cl:8443/path",
        "n8n: recreate: requests queue for 30 s at most",
    ],
)
def test_what_a_plan_needs_stays(text: str) -> None:
    assert without_secrets(text, []) == text


def test_known_values_are_hidden_wherever_they_are() -> None:
    values = ["correct horse", "first line\nsecond line", "", "abc"]
    assert without_secrets("xcorrect horsex second line abc", values) == f"x{HIDDEN}x {HIDDEN} abc"


@pytest.mark.parametrize("failed", [False, True])
@pytest.mark.parametrize("line", ["error: x", "Resources:\n  + 1 to create\n", "  x", "• x", "`" * 30, "é"])
def test_two_reports_fit_into_one_comment(line: str, *, failed: bool) -> None:
    log = "What visitors notice\n" + f"{line}\n" * (3 * LIMIT // len(line)) + "\nthe end"
    shown = report("staging", log, failed=failed)
    assert len(shown) <= LIMIT
    assert "the end" in shown
    assert "left out" in shown


@settings(deadline=None)
@given(st.text(), st.booleans())
def test_whatever_is_printed_becomes_a_whole_report(log: str, failed: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    shown = report("prod", log, failed=failed)
    assert len(shown) <= LIMIT
    assert shown.startswith("### prod\n\n")
    assert shown.endswith("\n\n</details>\n")
    assert "\x1b" not in shown


def test_the_program_reads_a_log_and_knows_the_jobs_secrets() -> None:
    run = subprocess.run(
        [sys.executable, "-I", SCRIPT, "staging", "1"],
        input=b"error: the passphrase hunter2hunter is wrong \xff\n",
        env={"PULUMI_CONFIG_PASSPHRASE": "hunter2hunter"},
        capture_output=True,
        check=True,
    )
    shown = run.stdout.decode()
    assert "hunter2" not in shown
    assert f"error: the passphrase {HIDDEN} is wrong" in shown
