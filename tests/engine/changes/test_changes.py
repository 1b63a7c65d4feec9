"""What a plan says it changes, against the real engine: old and new values, and no secret's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.rig.project import Project

KEY = "n8n-encryption-key"
KEY_VALUE, NEW_KEY = "one-key-0123456789abcdef0123456789", "another-key-0123456789abcdef0123456789"


def section(output: str) -> list[str]:
    """The lines below "What changes"."""
    _, _, rest = output.partition("What changes\n")
    return [line[2:] for line in rest.split("\nWhat visitors", maxsplit=1)[0].splitlines() if line.startswith("  ")]


def test_a_first_plan_lists_sites_and_services(project: Project) -> None:
    planned = project.operate("preview")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    said = section(planned.stdout)
    assert "+ site api.smarterbot.localhost: opens → n8n" in said
    assert [line for line in said if line.startswith("+ n8n: starts for the first time: ")]
    assert [line for line in said if line.startswith("+ volume ") and line.endswith(": is made, empty")]


def test_a_change_says_from_what_to_what(deployed: Project) -> None:
    deployed.change("n8n", memory="1GiB", environment={"GENERIC_TIMEZONE": "UTC", "DB_DSN": "hunter22"})
    config = deployed.read()["config"]
    [removed] = [site for site in config["smarter-net:sites"] if site["service"] == "metabase"]
    config["smarter-net:sites"].remove(removed)
    config["smarter-net:sites"].append({"host": "www.smarterbot.localhost", "service": "smarteros-blogbowl"})
    deployed.write(config)
    deployed.set_secret(KEY, KEY_VALUE)
    planned = deployed.operate("preview")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert section(planned.stdout) == [
        "- site kpi.smarterbot.localhost: closes (was metabase)",
        "+ site www.smarterbot.localhost: opens → smarteros-blogbowl",
        "~ n8n: memory 64 MiB → 1024 MiB",
        "~ n8n: variable DB_DSN is set",
        "~ n8n: variable GENERIC_TIMEZONE is set to UTC",
        "~ n8n: variable N8N_ENCRYPTION_KEY_FILE is set",
        "~ n8n: a secret file has new content",
    ]
    assert "hunter22" not in planned.stdout
    assert KEY_VALUE not in planned.stdout
    up = deployed.operate("up", "--yes")
    assert up.returncode == 0, up.stdout + up.stderr


def test_a_secrets_new_value_is_told_and_not_shown(deployed: Project) -> None:
    deployed.set_secret(KEY, NEW_KEY)
    planned = deployed.operate("preview")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert section(planned.stdout) == ["~ n8n: a secret file has new content"]
    assert NEW_KEY not in planned.stdout


def test_nothing_to_change_has_no_such_section(deployed: Project) -> None:
    assert deployed.operate("up", "--yes").returncode == 0
    assert "What changes" not in deployed.operate("preview").stdout
