"""Paths and headers of a site: for what is wrong one line that names the key and the cure."""

from __future__ import annotations

import pytest

from config.values.errors import dotted
from tests.config.checks.test_wrong_stacks import Wrong, is_one_line_with_key_and_cure


def paths(number: int = 0, **paths: str) -> dict[str, object]:
    return {f"sites/{number}/paths": {f"/{path}": service for path, service in paths.items()}}


def headers(**headers: str) -> dict[str, object]:
    return {"sites/0/headers": {name.replace("_", "-"): value for name, value in headers.items()}}


PATHS = ("api", "/api/", "/", "/a//b", "/a/../b", "/a/./b", "/a b", "/a%2fb", "/a*", "/{env.HOME}", "/a?b")
SITE = ("sites", 0, "paths")
VALUES = ("", " x", "x ", "a\nb", "{env.HOME}", "ñ", "a\tb")
WRONG = [
    *(Wrong(f"path {each}", {"sites/0/paths": {each: "n8n"}}, dotted([*SITE, each]), "/api") for each in PATHS),
    *(Wrong(f"value {value!r}", headers(X_A=value), "sites[0].headers.X-A", "plain text") for value in VALUES),
    Wrong("path twice", paths(api="metabase", API="metabase"), "sites[0].paths./API", "remove one of the two"),
    Wrong("path to the same", paths(api="smarteros-blogbowl"), "sites[0].paths./api", "remove it"),
    Wrong("path to an unknown one", paths(api="n9n"), "sites[0].paths./api", "did you mean n8n"),
    Wrong("path to a database", paths(api="metabase-postgres"), "sites[0].paths./api", "name metabase"),
    Wrong("path to what commands the server", paths(api="dokploy"), "sites[0].paths./api", "a site of its own"),
    Wrong("path that is public", paths(1, webhook="metabase"), "sites[1].paths./webhook", "a site of its own"),
    Wrong("path within a public one", {"sites/1/paths": {"/mcp/x": "metabase"}}, "sites[1].paths./mcp/x", "of its own"),
    Wrong("path to a first visitor's", paths(api="metabase"), "sites[0]", "basic-auth"),
    Wrong("paths as a list", {"sites/0/paths": ["/api"]}, "sites[0].paths", ""),
    Wrong("name of a header", {"sites/0/headers": {"X Robots": "x"}}, "sites[0].headers.'X Robots'", "X-Robots-Tag"),
    Wrong("the proxy's header", headers(Server="x"), "sites[0].headers.Server", "remove it"),
    Wrong("header of the connection", headers(connection="close"), "sites[0].headers.connection", "remove it"),
    Wrong("header twice", headers(X_A="1", x_a="2"), "sites[0].headers.x-a", "remove one of the two"),
    Wrong("header that is a number", {"sites/0/headers": {"X-A": 1}}, "sites[0].headers.X-A", "quotes"),
    Wrong(
        "headers of a redirect",
        {"sites/5": {"host": "www.smarterbot.cl", "redirect-to": "mkt.smarterbot.cl", "headers": {"X-A": "1"}}},
        "sites[5].headers", "remove it",
    ),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=[each.name for each in WRONG])
def test_one_line_names_the_key_and_the_cure(wrong: Wrong) -> None:
    is_one_line_with_key_and_cure(wrong)
