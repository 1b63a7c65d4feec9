"""Forms in which a stranger writes a path, and what a site with a password makes of each."""

from __future__ import annotations

PUBLIC, CLOSED, PRIVATE, REFUSED = 200, 401, 404, 400
"""Passed to the service without a password; only with one; for no visitor at all; no path at all."""

HONEST = (
    "/webhook", "/webhook/", "/webhook?x=1", "/webhook/abc", "/webhook/abc/", "/webhook/abc/def", "/webhook/a%20b",
    "/webhook/a+b", "/webhook/%C3%A9t%C3%A9", "/webhook/été", "/webhook/%E6%97%A5%E6%9C%AC", "/webhook/%F0%9F%98%80",
    "/webhook/a.b", "/webhook/..hidden", "/webhook/v1...2", "/webhook/a:b@c", "/webhook/~me", "/webhook/(a)*'b'!",
    "/webhook/%7Bid%7D", "/webhook/{id}", "/webhook/[id]", "/webhook/a,b=c&d", "/webhook/a%26b",
    "/webhook/a%3Db%2Bc%3A%40", "/webhook/x?next=%2F..%2F..%2Frest", "/webhook/x?a=1;b=2", "/webhook/x?q=../..//\\",
    "/webhook/x?redirect=https://example.org//a?b", "/webhook/metrics", "/webhook/x?", "/form/1f0c1a2e-9f5c-4d8e",
    "/form/a/b?c=%25", "/webhook/%77", "http://site.example/webhook/x",
)  # fmt: skip
ENCODED = (
    "/rest/users/..%2f..%2fwebhook%2fx", "/rest/users/..%2F..%2Fwebhook%2Fx", "/rest%2f..%2fwebhook/x",
    "/rest/..%2fwebhook", "/rest/%2e%2e/webhook/x", "/rest/%2E%2E/webhook/x", "/rest/.%2e/webhook/x",
    "/rest/%2e./webhook/x", "/rest/..%5c..%5cwebhook", "/rest/..%5Cwebhook/x", "/rest%5c..%5cwebhook",
    "/webhook/..%2frest", "/webhook/..%2f..%2frest", "/webhook/..%2Frest/users", "/webhook%2fx", "/webhook%2Fx",
    "/webhook/a%2fb", "/webhook/a%5cb", "/webhook/..%5crest", "/webhook/%2e%2e/rest", "/webhook/%2e%2e%2frest",
    "/webhook/.%2e/rest", "/webhook/%2e./rest", "/webhook/%2e/x", "/webhook/a%2eb", "/%2e%2e/webhook", "/%2fwebhook/x",
    "/%77ebhook/x", "/webhoo%6b/x", "/%2e/webhook/x", "/webhook/%2f/rest", "/webhook%5c..%5crest",
)  # fmt: skip
TWICE = (
    "/rest/..%252f..%252fwebhook", "/webhook/..%252frest", "/webhook/%252e%252e/rest", "/webhook/%252e%252e%252frest",
    "/webhook/..%255crest", "/webhook/..%25252frest", "/webhook/100%25", "/webhook/%2525",
    "/rest/%252e%252e/webhook/x", "/webhook%252fx", "/%2577ebhook/x",
)  # fmt: skip
DOTTED = (
    "/rest/../webhook/x", "/rest/users/../../webhook/x", "/rest/./../webhook/x", "/./webhook/x", "/../webhook/x",
    "/webhook/../rest", "/webhook/..", "/webhook/.", "/webhook/./x", "/webhook/x/../../rest", "/webhook/x/..",
    "/webhook/..?x=1", "/webhook//../rest", "/rest/..//webhook/x", "/webhook/../webhook/x",
    "http://site.example/webhook/../rest",
)  # fmt: skip
DOUBLED = (
    "//webhook/x", "///webhook/x", "/webhook//x", "/webhook/x//", "//rest/webhook/x", "/rest//../webhook/x",
    "//site.example/webhook/x", "/webhook//", "/webhook///rest", "http://site.example//webhook/x",
)  # fmt: skip
CASED = ("/WEBHOOK/x", "/Webhook/x", "/webHook", "/WebHook-Test/x", "/FORM/x", "/webhooK/../rest")
CUT = (
    "/webhook;x", "/webhook;/x", "/webhook/x;a=b", "/webhook/..;/rest", "/webhook/..;a=b/rest", "/rest;/../webhook/x",
    "/webhook/%3b/../rest", "/webhook/..%3b/rest", "/;/webhook/x", "/webhook/x%3Fy", "/webhook/%23/../rest",
    "/webhook/x#/../../rest", "/webhook%3f/../rest", "/webhook%3Fx", "/webhook%23",
)  # fmt: skip
CONTROLS = (
    "/webhook/x%00", "/webhook%00", "/webhook/..%00/rest", "/webhook/%0d%0aX-Evil:%201", "/webhook/%0a",
    "/webhook/%09", "/webhook/%7f", "/webhook/%1b", "/rest%00/../webhook/x", "/webhook%20%00", "/webhook\\..\\rest",
    "/webhook\\x", "/rest\\..\\webhook", "\\webhook", "/\\webhook/x",
)  # fmt: skip
OVERLONG = (
    "/webhook/%c0%ae%c0%ae/rest", "/webhook/..%c0%afrest", "/webhook/..%e0%80%afrest", "/webhook/..%f0%80%80%afrest",
    "/rest/..%c0%afwebhook", "/webhook/..%c1%9crest", "/webhook/..%25c0%25afrest",
)  # fmt: skip
"""Longer than UTF-8 allows: any name could be written so."""
NO_TEXT = (
    "/webhook/%ff", "/webhook/%80", "/webhook/%e2%28%a1", "/webhook/%ed%a0", "/webhook/%f5%80%80%80", "/webhook/%c3",
)  # fmt: skip
NO_PATH = ("/webhook/%", "/webhook/%2", "/webhook/%zz", "/webhook/%u002e%u002e/rest", "/webhook/%%32%66rest")
OTHERS = (
    "/", "/rest", "/rest/users/1", "/webhooks", "/webhook-tests/x", "/webhookx", "/webhook.", "/webhook%20",
    "/webhook%20/x", "/rest?/webhook/x", "/rest?x=/webhook/", "/rest/webhook/x", "/%20webhook", "*", "/form-test/x",
    "/rest/webhook%2fx", "/rest#/webhook/x", "http:webhook/x",
)  # fmt: skip
METRICS = (
    "/metrics", "/metrics/", "/metrics/all", "/METRICS", "/Metrics", "/metrics?x=1", "//metrics", "/metrics//",
    "/./metrics", "/x/../metrics", "/%6detrics", "/%6Detrics", "/%4detrics", "/metric%73", "/%2fmetrics",
    "/x/..%2fmetrics", "/x%2f..%2fmetrics", "/x/%2e%2e/metrics", "/x/%2e%2e%2fmetrics", "/x/..%5cmetrics",
    "/x\\..\\metrics", "/\\metrics", "/%5cmetrics", "/metrics;", "/metrics;a=b", "/;/metrics", "/x/..;/metrics",
    "/;x/metrics", "/metrics%3b", "/metrics%3Bx", "/%256detrics", "/%25256detrics", "/x/%252e%252e/metrics",
    "/x/..%252fmetrics", "/%252fmetrics", "/metrics%00", "/metrics%00.html", "/metrics%2f", "/metrics%2fx",
    "/metrics%5c", "/metrics%3f", "/metrics%3Fx", "/metrics%23", "/metrics#x", "/metrics/..", "/metrics/.",
    "/metrics%0a", "/metrics%09", "/%c1%adetrics", "/%e0%81%adetrics", "/webhook/../metrics", "/webhook/..%2fmetrics",
    "/webhook/..%2f..%2f%4d%45TRICS", "/webhook/..%252f%256detrics", "/metrics%252f", "/metrics/../metrics",
    "/metrics/%2e%2e/x", "http://site.example/metrics", "http://site.example//x/../metrics", "/metrics%c0%af",
    "/metrics//..//metrics", "http:metrics",
)  # fmt: skip

TABLE = {
    **dict.fromkeys(HONEST, PUBLIC),
    **dict.fromkeys((*ENCODED, *TWICE, *DOTTED, *DOUBLED, *CASED, *CUT, *CONTROLS, *NO_TEXT, *OTHERS), CLOSED),
    **dict.fromkeys((*METRICS, *OVERLONG), PRIVATE),
    **dict.fromkeys(NO_PATH, REFUSED),
}
