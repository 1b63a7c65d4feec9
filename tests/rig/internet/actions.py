"""GitHub Actions as nektos/act plays them: the workflows of this tree, on this machine, with a real `gh`.

What act is not, and what stands in for it here:
- `actions/checkout` cannot be had. act copies the work tree into a fresh folder for each job instead, without what
  .gitignore names: the commit's files, and no token in .git, as the step asks for (`persist-credentials: false`).
- act knows neither environments (every job has the same secrets here; tools/toolchain/act teaches its schema the key
  `deployment`, which does nothing), nor `concurrency`, nor reviewers. Of a matrix's outputs it keeps those of the first
  job to end, so that what both stacks' jobs hand on is looked at for one stack at a time.
- `make check` is written down and not run: these tests are a part of it. The packages are the ones of this tree.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.rig.internet.github_api import TOKEN
from tests.rig.project import REPOSITORY
from tests.rig.skip import skip_or_fail
from tests.rig.wait import until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.rig.servers.server import Internet

JSON = dict[str, Any]
LEFT_OUT = ("tests/", "tools/bench/", *(file.name for file in REPOSITORY.glob("Pulumi.*.yaml")))
REPO = "smarterbot/smarter-net"
API_PORT = 5001
# The `make` of the runner: `check` alone is not run. What it would install first is there.
MAKE = """#!/bin/sh
echo "$*" >>'{told}'
[ "$*" != check ] || exit 0
[ -e .venv ] || ln -s '{repository}/.venv' .venv
exec {make} -o .venv "$@"
"""
GH = """#!/bin/sh
exec env HTTP_PROXY=http://127.0.0.1:{port} GH_HOST=github.localhost {gh} "$@"
"""
REVIEWERS = {"name": "production", "protection_rules": [{"id": 1, "type": "required_reviewers", "reviewers": []}]}


@dataclass(frozen=True)
class Ran:
    """What became of one event."""

    jobs: dict[str, str]
    """`job` or `job stack` -> success or failure; what was skipped is not in it."""
    log: str
    """What the steps printed."""


class Actions:
    """A repository at GitHub, and its runners out where operators are."""

    def __init__(self, internet: Internet, folder: Path, secrets: Mapping[str, str]) -> None:
        self._internet, self._folder = internet, folder
        self.tree = folder / "tree"
        self._told = folder / "make"
        self._state = folder / "api"
        self._secrets = folder / "secrets"
        self._state.mkdir()
        quoted = {**secrets, "GITHUB_TOKEN": TOKEN}
        self._secrets.write_text("".join(f"{name}={json.dumps(value)}\n" for name, value in quoted.items()))
        self._copy()
        self._programs()
        self.put(environments={"production": REVIEWERS}, comments=[], labels=[], issues=[])
        api = [sys.executable, "-m", "tests.rig.internet.github_api", str(self._state), str(API_PORT)]
        internet.start("env", f"--chdir={REPOSITORY}", *api, log=folder / "api.log")
        answers = ("curl", "-s", f"http://127.0.0.1:{API_PORT}/")
        until(lambda: internet.run(*answers, check=False).returncode == 0, "the API answers")

    def _copy(self) -> None:
        """The files of this tree that git knows, or would."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=REPOSITORY, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in listed.stdout.split("\0"):
            # No job but `make check` needs the tests; the stack files are the operator's.
            if name and not name.startswith(LEFT_OUT) and (REPOSITORY / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPOSITORY / name, self.tree / name)
        for command in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", f"https://github.com/{REPO}"),
        ):
            subprocess.run(["git", *command], cwd=self.tree, check=True)

    def _programs(self) -> None:
        gh, make = shutil.which("gh"), shutil.which("make")
        if not gh:
            skip_or_fail("needs gh; `tests/run-isolated` provides it")
        programs = {
            "gh": GH.format(port=API_PORT, gh=gh),
            "make": MAKE.format(told=self._told, repository=REPOSITORY, make=make),
        }
        for name, text in programs.items():
            path = self._internet.folder / "bin" / name
            path.write_text(text)
            path.chmod(0o755)

    def commit(self, message: str) -> str:
        """Commit the tree as it is; the commit, which `main` is at from now on."""
        who = ["-c", "user.name=ana", "-c", "user.email=ana@example.org"]
        for command in (("add", "--all"), (*who, "commit", "--quiet", "--allow-empty", "--message", message)):
            subprocess.run(["git", *command], cwd=self.tree, check=True)
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=self.tree, capture_output=True, text=True, check=True)
        self.put(main=commit.stdout.strip())
        return commit.stdout.strip()

    def put(self, **content: object) -> None:
        """Change what the API knows."""
        file = self._state / "repository.json"
        before = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**before, **content}))

    @property
    def there(self) -> JSON:
        """What the API knows."""
        found: JSON = json.loads((self._state / "repository.json").read_text())
        return found

    def asked(self) -> list[str]:
        """What the API was asked about the repository, and the status that it answered."""
        pattern = rf'"(GET|POST|PATCH|DELETE) \S+/repos/{REPO}/(\S+) HTTP/1.1" (\d+)'
        return [" ".join(found) for found in re.findall(pattern, (self._folder / "api.log").read_text())]

    def made(self) -> list[str]:
        """The targets that `make` was called for since the last event."""
        return self._told.read_text().splitlines() if self._told.exists() else []

    def event(self, name: str, *, workflow: str = "", stack: str = "", **payload: object) -> Ran:
        """Everything that an event starts; by hand that is one workflow. `stack`: of a matrix that one's job alone."""
        self._told.unlink(missing_ok=True)
        event = self._folder / "event.json"
        repository = {"full_name": REPO, "default_branch": "main", "owner": {"login": "smarterbot"}}
        event.write_text(json.dumps({"repository": repository, **payload}))
        act = subprocess.run(
            [REPOSITORY / "tools/toolchain/act"], capture_output=True, text=True, check=True, cwd=REPOSITORY
        ).stdout.strip()
        if not act:
            skip_or_fail("needs act, which needs Go to be compiled")
        command = [
            act, name, "--json", "--eventpath", str(event), "--directory", str(self.tree),
            "--workflows", str(self.tree / ".github/workflows" / workflow), "--no-cache-server",
            "--platform", "ubuntu-24.04=-self-hosted", "--secret-file", str(self._secrets), "--var", "SERVERS=ready",
            "--actor", "ana", "--env", "RUNNER_ENVIRONMENT=self-hosted", "--concurrent-jobs", "1",
            "--action-cache-path", str(self._folder / "act"), *(["--matrix", f"stack:{stack}"] if stack else []),
        ]  # fmt: skip
        environment = {**self._internet.environment, "CI": "true"}
        ran = subprocess.run(
            [*self._internet.enter, *command], cwd=self.tree, env=environment, capture_output=True, text=True,
            check=False, timeout=900,
        )  # fmt: skip
        lines = [json.loads(line) for line in ran.stdout.splitlines() + ran.stderr.splitlines() if line.startswith("{")]
        jobs = {
            " ".join([line["jobID"], *(line.get("matrix") or {}).values()]): line["jobResult"]
            for line in lines
            if line.get("jobResult") in {"success", "failure"}
        }
        return Ran(jobs, "\n".join(str(line.get("msg", "")).rstrip("\n") for line in lines) + ran.stderr)


def pull_request(author: str = "ana", head: str = REPO) -> JSON:
    """The payload of a push to a pull request."""
    base = {"ref": "main", "repo": {"full_name": REPO}}
    change = {"ref": "change", "sha": "b" * 40, "repo": {"full_name": head}}
    request = {"number": 7, "head": change, "base": base, "user": {"login": author}}
    return {"action": "synchronize", "number": 7, "pull_request": request}
