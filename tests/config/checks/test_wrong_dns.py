"""Wrong DNS settings: each gives one line that names the key and the cure."""

from __future__ import annotations

import pytest

from config.values.secret import Secret
from tests.config.checks.test_wrong_stacks import Wrong, is_one_line_with_key_and_cure
from tests.config.stacks import CLOUDFLARE, ZONE

WRONG = [
    Wrong("address6 is IPv4", {"host/address6": "203.0.113.10"}, "host.address6", "IPv6"),
    Wrong("unknown key of dns", {"dns": {"zone-id": ZONE}}, "dns.zone-id", "did you mean zone?"),
    Wrong("provider misspelt", {"dns": {"provider": "cloudfare"}}, "dns.provider", "did you mean cloudflare?"),
    Wrong("zone is a name", {"dns": {"zone": "smarterbot.cl"}}, "dns.zone", "32 hexadecimal digits"),
    Wrong("proxied is text", {"dns": {"proxied": "yes"}}, "dns.proxied", "without quotes"),
    Wrong("adopt is text", {"dns": {"adopt": "mkt.smarterbot.cl"}}, "dns.adopt", "- "),
    Wrong("adopt a wildcard", {"dns": {"adopt": ["*.smarterbot.cl"]}}, "dns.adopt[0]", "each host"),
    Wrong("no zone", {"dns": {"provider": "cloudflare"}}, "dns.zone", "overview page"),
    Wrong("zone without provider", {"dns": {"zone": ZONE}}, "dns.zone", "`dns.provider: cloudflare`"),
    Wrong("proxied without provider", {"dns": {"proxied": True}}, "dns.proxied", "`dns.provider: cloudflare`"),
    Wrong("a site proxied without provider", {"sites/1/proxied": True}, "sites[1].proxied", "or remove it"),
    Wrong("adopted without provider", {"dns": {"adopt": ["mkt.smarterbot.cl"]}}, "dns.adopt", "or remove it"),
    Wrong("adopted is no site", CLOUDFLARE | {"dns/adopt": ["mkt.smarter.cl"]}, "dns.adopt[0]", "mkt.smarterbot.cl"),
    Wrong("records of this machine", CLOUDFLARE, "dns.provider", "by-hand", "dev"),
    Wrong("no IPv6 address", {"dns": {"ipv6": True}}, "dns.ipv6", "host.address6"),
    Wrong(
        "address list behind Cloudflare", CLOUDFLARE | {"sites/1/proxied": True, "sites/1/allow-from": ["203.0.113.5"]},
        "sites[1].allow-from", "`proxied: false`",
    ),
    Wrong(
        "address list with IPv6",
        {"dns/ipv6": True, "host/address6": "2001:db8::10", "sites/1/allow-from": ["203.0.113.5"]},
        "sites[1].allow-from", "leave dns.ipv6 out",
    ),
    Wrong("IPv6 of this machine", {"dns": {"ipv6": True}}, "dns.ipv6", "leave ipv6 out", "dev"),
    Wrong(
        "no API token", CLOUDFLARE, "secret:cloudflare-api-token", "config set --secret secret:cloudflare-api-token",
        secrets={"cloudflare-api-token": None},
    ),
    Wrong(
        "global API key", CLOUDFLARE, "secret:cloudflare-api-token", "may edit the zone's DNS",
        secrets={"cloudflare-api-token": Secret.of("4711" + "0" * 33)},
    ),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_wrong_dns_settings_give_one_line_with_key_and_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)
