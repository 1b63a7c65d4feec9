"""GitHub's API as far as the workflows' steps ask through `gh`: `python -m tests.rig.internet.github_api STATE PORT`.

It listens on loopback. STATE is a folder: `repository.json` says what there is, as GitHub's REST documentation has it;
what is written is put there too, and `asked` has every request, one a line. `gh` takes it for api.github.localhost, its
own name for a development server. What is not known here is 404, a query of GraphQL an error, as at GitHub.
"""

from __future__ import annotations

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

JSON = dict[str, Any]
BOT = {"login": "github-actions[bot]", "type": "Bot"}
TOKEN = "ghs_0123456789abcdefghijABCDEFGHIJ012345"


class Repository:
    """What is stored, read and written whole: one request at a time."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "repository.json"
        self.asked = folder / "asked"

    def answer(self, method: str, path: str, body: JSON) -> tuple[int, object]:
        """(status, JSON) of one request; `path` below the repository's, or `graphql`."""
        content: JSON = json.loads(self.file.read_text())
        with self.asked.open("a") as asked:
            asked.write(json.dumps({"method": method, "path": path, "body": body}) + "\n")
        status, said = self._answer(content, method, path, body)
        if method != "GET":
            self.file.write_text(json.dumps(content))
        return status, said

    def _answer(self, content: JSON, method: str, path: str, body: JSON) -> tuple[int, object]:  # noqa: PLR0911 - a table
        if path == "graphql":
            return 200, graphql(content, body)
        if path == "commits/main" and method == "GET":
            return 200, {"sha": content["main"]}
        if found := re.fullmatch(r"environments/(.+)", path):
            environment = content["environments"].get(found[1])
            return (200, environment) if environment else (404, {"message": "Not Found"})
        if re.fullmatch(r"issues/\d+/comments", path):
            if method == "GET":
                return 200, content["comments"]
            comment = {"id": 1000 + len(content["comments"]), "user": BOT, "body": body["body"]}
            content["comments"].append(comment)
            return 201, comment
        if found := re.fullmatch(r"issues/comments/(\d+)", path):
            [comment] = [each for each in content["comments"] if each["id"] == int(found[1])]
            comment["body"] = body["body"]
            return 200, comment
        if path == "labels":
            if body["name"] in content["labels"]:
                errors = [{"resource": "Label", "code": "already_exists", "field": "name"}]
                return 422, {"message": "Validation Failed", "errors": errors}
            content["labels"].append(body["name"])
            return 201, body
        if path.startswith("labels/") and method == "PATCH":
            return 200, body
        return 404, {"message": "Not Found"}


def graphql(content: JSON, body: JSON) -> JSON:  # noqa: PLR0911 - a table
    """What `gh issue` asks. Its queries are known by their names."""
    query, variables = body["query"], body.get("variables") or {}
    name = re.search(r"(?:query|mutation) (\w+)", query)
    print(name[1] if name else query, file=sys.stderr, flush=True)
    given = variables.get("input", {})
    issues: list[JSON] = content["issues"]
    match name[1] if name else "":
        case "RepositoryInfo" | "IssueRepositoryInfo":
            repository = {
                "id": "R_1", "name": "smarter-net", "owner": {"login": "smarterbot"}, "hasIssuesEnabled": True,
                "viewerPermission": "WRITE", "defaultBranchRef": {"name": "main"}, "description": "",
                "mergeCommitAllowed": True, "rebaseMergeAllowed": True, "squashMergeAllowed": True, "parent": None,
            }  # fmt: skip
            return {"data": {"repository": repository}}
        case "IssueSearch":
            opened = [{"number": each["number"]} for each in issues if each["state"] == "OPEN"]
            page = {"hasNextPage": False, "endCursor": None}
            found = {"issueCount": len(opened), "nodes": opened, "pageInfo": page}
            return {"data": {"repository": {"hasIssuesEnabled": True}, "search": found}}
        case "RepositoryLabelList" | "RepositoryResolveMetadataIDs" | "RepositoryMetadata":
            labels = [{"id": f"L_{label}", "name": label} for label in content["labels"]]
            listed = {"nodes": labels, "pageInfo": {"hasNextPage": False, "endCursor": None}}
            return {"data": {"repository": {"labels": listed, "label0": labels[0] if labels else None}}}
        case "IssueByNumber":
            [issue] = [each for each in issues if each["number"] == variables["number"]]
            whole = {**issue, "__typename": "Issue", "assignees": {"nodes": []}, "labels": {"nodes": []},
                     "projectCards": {"nodes": []}, "projectItems": {"nodes": []}, "milestone": None}  # fmt: skip
            return {"data": {"repository": {"hasIssuesEnabled": True, "issue": whole}}}
        case "IssueCreate":
            number = 7 + len(issues)
            url = f"https://github.com/smarterbot/smarter-net/issues/{number}"
            issue = {"id": f"I_{number}", "number": number, "url": url, "state": "OPEN", "title": given["title"],
                     "body": given["body"], "comments": {"nodes": []}}  # fmt: skip
            issues.append(issue)
            return {"data": {"createIssue": {"issue": issue}}}
        case "IssueUpdate":
            _issue(issues, given["id"]).update(body=given["body"])
            return {"data": {"updateIssue": {"__typename": "UpdateIssuePayload"}}}
        case "CommentCreate":
            issue = _issue(issues, given["subjectId"])
            issue["comments"]["nodes"].append({"body": given["body"]})
            return {"data": {"addComment": {"commentEdge": {"node": {"url": issue["url"]}}}}}
        case "IssueClose":
            issue = _issue(issues, given["issueId"])
            issue["state"] = "CLOSED"
            return {"data": {"closeIssue": {"issue": {"id": issue["id"]}}}}
    return {"errors": [{"message": f"not known here: {query}"}]}


def _issue(issues: list[JSON], identity: str) -> JSON:
    return next(issue for issue in issues if issue["id"] == identity)


def serve(folder: Path, port: int) -> None:
    """Serve until all is taken down."""
    repository = Repository(folder)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            url = urlsplit(self.path)
            path = url.path.removeprefix("/repos/smarterbot/smarter-net/").removeprefix("/")
            status: int = 401
            said: object = {"message": "Bad credentials"}
            if self.headers["Authorization"] in {f"token {TOKEN}", f"Bearer {TOKEN}"}:
                status, said = repository.answer(self.command, path, body)
            if isinstance(said, list):
                given = {key: int(value[0]) for key, value in parse_qs(url.query).items()}
                size, page = given.get("per_page", 30), given.get("page", 1)
                said = said[(page - 1) * size : page * size]
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - the server's own names

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
