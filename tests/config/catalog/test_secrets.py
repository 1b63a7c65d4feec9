"""Which secrets a stack uses, who gets them, and whether they may be made up or rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config.catalog.entry import Origin
from config.catalog.secrets import Need, needs
from config.stackfile.settings import Settings
from tests.config.stacks import CLOUDFLARE, REMOVED, Patch, patched

if TYPE_CHECKING:
    from collections.abc import Collection

KEYS = ["n8n-encryption-key", "metabase-encryption-key", "dokploy-auth-secret"]
LOGIN = "basic-auth-ops"
OF_N8N = ["n8n-encryption-key", "n8n-runners-token"]
OF_METABASE = ["metabase-encryption-key", "metabase-database-password"]
OF_DOKPLOY = ["dokploy-auth-secret", "dokploy-database-password"]


def found(stack: str, patch: Patch | None = None, present: Collection[str] = ()) -> dict[str, Need]:
    return {need.name: need for need in needs(Settings.parse(patched(stack, patch or {})), present)}


def own(service: str, secret: str, **settings: Any) -> Patch:  # noqa: ANN401  anything a stack file can say
    return {f"services/{service}/secrets": {"SMTP_PASS": {"secret": secret, **settings}}}


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        ("dev", []),
        ("staging", [*OF_DOKPLOY, LOGIN]),
        ("prod", [*OF_N8N, *OF_METABASE, *OF_DOKPLOY, LOGIN]),
    ],
)
def test_what_runs_needs_its_keys_and_what_does_not_needs_none(stack: str, names: list[str]) -> None:
    assert list(found(stack)) == names


@pytest.mark.parametrize("key", KEYS)
def test_the_catalogs_keys_are_made_once_and_belong_to_data(key: str) -> None:
    need = found("prod")[key]
    assert need.origin is Origin.MADE
    assert need.length >= 16
    assert need.permanent
    assert need.volumes


def test_a_password_belongs_to_the_sites_that_ask_for_it() -> None:
    need = found("prod")[LOGIN]
    assert need.origin is Origin.PASSWORD
    assert need.length >= 12
    assert need.used_by == ("api.smarterbot.cl", "kpi.smarterbot.cl", "dash.smarterbot.cl")
    assert need.permanent is None


def test_the_records_need_the_token_that_makes_them() -> None:
    need = found("prod", CLOUDFLARE)["cloudflare-api-token"]
    assert (need.origin, need.used_by, need.permanent) == (Origin.LOG_IN, ("Cloudflare",), None)
    assert need.length == 40
    assert "cloudflare-api-token" not in found("prod")


def test_a_real_image_among_stand_ins_needs_its_key() -> None:
    assert list(found("dev", {"services/n8n": {"image": "n8nio/n8n:2"}})) == OF_N8N


def test_a_stand_in_uses_the_key_that_is_there() -> None:
    assert found("dev", present=["n8n-encryption-key"])["n8n-encryption-key"].used_by == ("n8n",)


def test_the_stack_files_own_are_asked_for_unless_it_says_generate() -> None:
    need = found("prod", own("n8n", "smtp-password"))["smtp-password"]
    assert (need.origin, need.permanent, need.used_by) == (Origin.OPERATOR, None, ("n8n",))
    assert found("prod", own("n8n", "smtp-password", generate=True))["smtp-password"].origin is Origin.MADE


def test_all_who_use_one_are_named() -> None:
    patch = own("metabase", "smtp-password") | own("n8n", "smtp-password")
    assert found("prod", patch)["smtp-password"].used_by == ("n8n", "metabase")


def test_who_does_not_run_needs_none() -> None:
    patch: Patch = {**own("n8n", "smtp-password"), "services/n8n/enabled": False}
    assert list(found("prod", patch)) == [*OF_METABASE, *OF_DOKPLOY, LOGIN]


def test_one_that_nobody_uses_is_named_and_stays_what_it_is() -> None:
    patch: Patch = {"services/n8n/enabled": False, "sites/1": {"host": "api.smarterbot.cl", "service": "metabase"}}
    unused = found("prod", patch, ["n8n-encryption-key", "smtp-pasword"])
    assert unused["smtp-pasword"].used_by == ()
    assert unused["n8n-encryption-key"].used_by == ()
    assert unused["n8n-encryption-key"].permanent


def test_a_catalogs_key_in_another_place_is_no_less_permanent() -> None:
    patch = own("metabase", "n8n-encryption-key", generate=True) | {"services/n8n/enabled": False}
    need = found("prod", patch)["n8n-encryption-key"]
    assert need.permanent
    assert need.used_by == ("metabase",)
    assert need.length == 16


def test_a_removed_image_is_none_of_its_business() -> None:
    assert list(found("prod", {"services/n8n/image": REMOVED})) == list(found("prod"))
