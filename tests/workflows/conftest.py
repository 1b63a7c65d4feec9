"""A runner of GitHub's as our steps see it: a checkout, a home, a fake `make` and `gh` that tell of their calls."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.stacks import STACK_FILES
from tests.workflows.rules import FOLDER, ROOT, Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

JSON = dict[str, Any]
MAIN = "a" * 40
ADDRESS = "100.64.0.10"
# Writes down arguments and what of the environment matters, says what `make.log` says, ends as `make.code` says.
MAKE = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys
told = pathlib.Path(os.environ["TOLD"])
if ".venv" not in sys.argv:
    keys = subprocess.run(["ssh-add", "-l"], capture_output=True, text=True).stdout
    seen = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "keys": keys}}
    with (told / "make").open("a") as calls:
        calls.write(json.dumps(seen) + "\\n")
    if (told / "make.log").exists():
        print((told / "make.log").read_text(), end="", flush=True)
    subprocess.run((told / "make.run").read_text() if (told / "make.run").exists() else "true", shell=True)
    sys.exit(int((told / "make.code").read_text()) if (told / "make.code").exists() else 0)
"""
# The same, with what GitHub would answer by the path asked for; `--jq` is applied by jq as gh applies it.
GH = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys
told = pathlib.Path(os.environ["TOLD"])
arguments = sys.argv[1:]
files = [word.partition("@")[2] for word in arguments if word.startswith("body=@")]
files += [after for word, after in zip(arguments, arguments[1:]) if word == "--body-file"]
seen = {{"arguments": arguments, "body": pathlib.Path(files[0]).read_text() if files else None,
         "token": os.environ.get("GH_TOKEN"), "repository": os.environ.get("GH_REPO")}}
with (told / "gh").open("a") as calls:
    calls.write(json.dumps(seen) + "\\n")
answers = json.loads((told / "answers").read_text()) if (told / "answers").exists() else {{}}
asked = " ".join(arguments)
found = [answer for part, answer in answers.items() if part in asked]
if found and found[0] is None:
    sys.exit("gh: Not Found (HTTP 404)")
if found and "--jq" in arguments:
    query = arguments[arguments.index("--jq") + 1]
    sys.exit(subprocess.run(["jq", "--raw-output", query], input=json.dumps(found[0]), text=True).returncode)
"""


@dataclass
class Runner:
    """One job's machine."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def checkout(self) -> Path:
        """The clone."""
        return self.folder / "checkout"

    @property
    def told(self) -> Path:
        """Where the fakes write down what they are called with, and read what to answer."""
        return self.folder / "told"

    @property
    def home(self) -> Path:
        """The user's home."""
        return self.folder / "home"

    def program(self, name: str, text: str) -> None:
        """Put a program on PATH."""
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def answers(self, answers: Mapping[str, object]) -> None:
        """What gh answers, by a part of what it is asked; None: there is no such thing."""
        (self.told / "answers").write_text(json.dumps(answers))

    def make_says(self, log: str, code: int = 0) -> None:
        """What make prints, and how it ends."""
        (self.told / "make.log").write_text(log)
        (self.told / "make.code").write_text(str(code))

    def calls(self, program: str) -> list[JSON]:
        """What a fake was called with."""
        path = self.told / program
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def variables(self, **more: str) -> dict[str, str]:
        """All that a step sees of the outside."""
        return {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TOLD": str(self.told),
            "CI": "true",
            "GITHUB_ACTOR": "someone",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REPOSITORY": "smarterbot/smarter-net",
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": MAIN,
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            **self.environment,
            **more,
        }

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one command in the checkout."""
        return subprocess.run(
            command,
            cwd=self.checkout,
            env=self.variables(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def job(self, file: str, name: str, values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run the commands of a job, with its own environment; `values` are what its expressions stand for."""
        workflow = Workflow(file, (FOLDER / file).read_text(encoding="utf-8"))
        done = subprocess.CompletedProcess("", 0, "", "")
        for step in workflow.jobs[name]["steps"]:
            if "run" not in step:
                continue
            given = {key: _expanded(str(value), values) for key, value in step.get("env", {}).items()}
            # As GitHub runs a step without `shell:` on Linux.
            done = self.run("bash", "-e", "-c", step["run"], **given)
            if done.returncode:
                break
        return done

    def outputs(self) -> dict[str, str]:
        """What the steps have set as outputs, read as GitHub reads it."""
        path = self.folder / "output"
        lines = path.read_text().splitlines() if path.exists() else []
        found: dict[str, str] = {}
        while lines:
            line = lines.pop(0)
            if re.match(r"[^=]+<<", line):
                name, _, end = line.partition("<<")
                where = lines.index(end)
                found[name] = "\n".join(lines[:where])
                del lines[: where + 1]
            else:
                name, _, value = line.partition("=")
                found[name] = value
        return found


def _expanded(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with the checkout, and stack files whose servers are filled in."""
    for program in ("jq", "ssh-agent", "bash"):
        if not shutil.which(program):
            pytest.skip(f"needs {program}, which GitHub's runners have")
    made = Runner(tmp_path)
    for folder in ("bin", "home", "told", "checkout"):
        (tmp_path / folder).mkdir()
    for name in (".github", "config"):
        shutil.copytree(ROOT / name, made.checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", made.checkout)
    for file in STACK_FILES.glob("Pulumi.*.yaml"):
        text = re.sub(r"address: (203\.0\.113|192\.0\.2)\.10\b", f"address: {ADDRESS}", file.read_text())
        (made.checkout / file.name).write_text(text)
    (made.checkout / ".venv/bin").mkdir(parents=True)
    python = made.checkout / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    made.program("make", MAKE)
    made.program("gh", GH)
    return made


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A private key without a passphrase."""
    path = tmp_path_factory.mktemp("key") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "deploy", "-f", path], check=True)
    return path.read_text()
