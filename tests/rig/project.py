"""A project folder of the tests' own: the program's files by link, stack files, state and host folder apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.stacks import STACK_FILES

REPOSITORY = Path(__file__).parents[2]
LINKED = (
    "Pulumi.yaml", "__main__.py", "clients", "components", "config", "host", "operate", "tools",
    ".venv", "pyproject.toml", "uv.lock",
)  # fmt: skip

HTTP_PORT, HTTPS_PORT = 28080, 28443


class Project:
    """One stack, driven as an operator drives it: by `make`'s commands or by plain `pulumi`."""

    def __init__(self, folder: Path, docker_host: str, stack: str = "dev", *, enter: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.stack = stack
        self.enter = enter
        """In front of every command: the namespace of the operator's machine."""
        folder.mkdir(parents=True)
        for name in LINKED:
            (folder / name).symlink_to(REPOSITORY / name)
        self.environment = {
            **os.environ,
            "DOCKER_HOST": docker_host,
            "XDG_STATE_HOME": str(folder / "state"),
            "PULUMI_BACKEND_URL": f"file://{folder}/state/engine",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "COLUMNS": "160",
        }
        (folder / "state" / "engine").mkdir(parents=True)
        self.write(dev_settings())

    @property
    def root(self) -> Path:
        """The folder that the scripts on the host live in."""
        return self.folder / "state" / "smarter-net" / self.stack

    def write(self, settings: dict[str, Any]) -> None:
        """Make `settings` the stack file, keeping what the engine has put into it."""
        path = self.folder / f"Pulumi.{self.stack}.yaml"
        kept = {key: value for key, value in self.read().items() if key != "config"}
        path.write_text(yaml.safe_dump({**kept, "config": settings}, sort_keys=False))

    def read(self) -> dict[str, Any]:
        """The whole stack file."""
        path = self.folder / f"Pulumi.{self.stack}.yaml"
        return yaml.safe_load(path.read_text()) if path.exists() else {}

    def change(self, service: str, **settings: Any) -> None:  # noqa: ANN401  anything a stack file can say
        """Set keys of one service; underscores stand for hyphens."""
        config = self.read()["config"]
        entry = config.setdefault("smarter-net:services", {}).setdefault(service, {})
        entry.update({key.replace("_", "-"): value for key, value in settings.items()})
        self.write(config)

    def operate(self, command: str, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """`make COMMAND`, as the Makefile runs it."""
        line = [sys.executable, "-m", "operate", command, *arguments, "--stack", self.stack]
        return self._run(line, timeout)

    def pulumi(
        self, *arguments: str, stdin: str | None = None, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """A plain `pulumi` command."""
        return self._run(["pulumi", *arguments, "--stack", self.stack, "--non-interactive"], timeout, stdin)

    def pulumi_alone(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A plain `pulumi` command for the stack that is selected."""
        return self._run(["pulumi", *arguments, "--non-interactive"], 300)

    def bring_up(self) -> None:
        """Bring the host to what the stack file says, by plain `pulumi`: for what a test begins with, or leaves behind.

        At half the price of `make up`, which shows a plan first and looks at the host.
        """
        for arguments in (("stack", "select", "--create"), ("up", "--yes", "--skip-preview")):
            result = self.pulumi(*arguments)
            assert result.returncode == 0, result.stdout + result.stderr

    def set_secret(self, name: str, value: str) -> None:
        """As the documentation says it; the value is on no command line."""
        result = self.pulumi("config", "set", "--secret", f"secret:{name}", stdin=value)
        assert result.returncode == 0, result.stderr

    def spawn(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        """`make COMMAND` in a session of its own, to be killed."""
        line = [*self.enter, sys.executable, "-m", "operate", command, *arguments, "--stack", self.stack]
        return subprocess.Popen(
            line, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def _run(self, line: list[str], timeout: float, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.enter, *line], cwd=self.folder, env=self.environment, input=stdin or "", capture_output=True,
            text=True, check=False, timeout=timeout,
        )  # fmt: skip


def dev_settings() -> dict[str, Any]:
    """The embedded default, on ports that no other program uses."""
    settings: dict[str, Any] = yaml.safe_load((STACK_FILES / "Pulumi.dev.yaml").read_text())["config"]
    settings["smarter-net:proxy"] = {"http-port": HTTP_PORT, "https-port": HTTPS_PORT}
    return settings
