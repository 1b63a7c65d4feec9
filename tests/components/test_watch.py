"""What watches a stack, as the engine is asked for it."""

from __future__ import annotations

import pytest

from config.catalog.watch import WATCH
from host.names import COMMAND, CONTAINER, NETWORK
from tests.components.recording import Recording, Secret, record
from tests.components.test_backups import inputs
from tests.config.render.watch.stacks import ALL, NAMES, PINNED
from tests.config.stacks import VALUES, patched

FOUR = [entry.name for entry in WATCH]
GIVEN = {f"watch-{name}": f"{name} that is never shown" for name in NAMES}


@pytest.fixture(scope="module")
def prod() -> Recording:
    return record("prod", patched("prod", ALL | PINNED), VALUES | GIVEN)


def test_each_begins_with_its_files_and_secrets_are_secret(prod: Recording) -> None:
    uploads = {name: prod.of(CONTAINER)[name].inputs.get("uploads", []) for name in FOUR}
    assert {name: [each["file"] for each in found if "/etc/" in each["file"]] for name, found in uploads.items()} == {
        "prometheus": ["/etc/prometheus/prometheus.yml", "/etc/prometheus/rules.yml"],
        "alertmanager": ["/etc/alertmanager/alertmanager.yml", "/etc/alertmanager/words.tmpl"],
        "blackbox-exporter": ["/etc/blackbox_exporter/config.yml"],
        "node-exporter": [],
    }
    sealed = [each["content"] for each in uploads["alertmanager"] if each["file"].startswith("/run/secrets/")]
    assert len(sealed) == len(NAMES)
    assert all(isinstance(content, Secret) for content in sealed)
    assert not any(value in prod.text() for value in GIVEN.values())


def test_each_has_the_safety_profile_and_no_capability(prod: Recording) -> None:
    for name in FOUR:
        made = prod.of(CONTAINER)[name].inputs
        assert made["capabilities"] == {"drops": ["ALL"], "adds": []}
        assert made["securityOpts"] == ["no-new-privileges"]
        assert made["user"] == "65534:65534"
        assert "ports" not in made
        assert not [volume for volume in made.get("volumes", []) if "hostPath" in volume]


def test_one_network_of_the_four_leads_outside(prod: Recording) -> None:
    networks = prod.of(NETWORK)
    assert {name: networks[f"{name}-bridge"].inputs.get("internal") for name in FOUR} == {
        "prometheus": True, "alertmanager": None, "blackbox-exporter": True, "node-exporter": True,
    }  # fmt: skip


def test_the_host_looks_each_minute_until_the_watch_goes(prod: Recording) -> None:
    made = prod.of(COMMAND)["watch-minute"].inputs
    assert made["create"].rstrip("'").endswith(" each-minute")
    assert made["delete"].rstrip("'").endswith(" no-minute")


def test_nothing_else_changes_with_it(prod: Recording) -> None:
    """But the proxy's config, which says its figures."""
    without, having = inputs(record("prod", patched("prod", {}), VALUES)), inputs(prod)
    own = having.keys() - without.keys()
    assert all(name.startswith((*FOUR, "smarter-net-", "watch")) for name in own)
    changed = {name for name in without if having.get(name) != without[name]}
    assert changed == {"caddy-proxy-config"}
