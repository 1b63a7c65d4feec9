"""Making the stand-in images, against a ``docker`` command that is a small script."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tools.images import archive, build, parts, recipes, references
from tools.images.contract import contracts
from tools.images.parts import ImageError


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``docker`` that keeps a log of what it was asked; tests write what it does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "docker"


def answers(docker: Path, script: str) -> None:
    docker.write_text(f'#!/bin/sh\necho "${{DOCKER_HOST-}} $*" >> "$0.log"\n{script}\n', encoding="utf-8")
    docker.chmod(0o755)


def asked(docker: Path) -> list[str]:
    return Path(f"{docker}.log").read_text(encoding="utf-8").splitlines()


def fake_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that cost nothing."""
    part = tmp_path / "part"
    part.write_text("a program", encoding="utf-8")
    monkeypatch.setattr(parts, "program", lambda _: part)
    monkeypatch.setattr(parts, "caddy", lambda _: (part, part))


def test_images_that_exist_cost_one_question(docker: Path) -> None:
    answers(docker, "exit 0")
    assert build.ensure("unix:///elsewhere.sock") == references()
    [question] = asked(docker)
    assert question.startswith("unix:///elsewhere.sock image inspect")


def test_only_the_missing_image_is_made_for_the_daemons_architecture(
    docker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_parts(tmp_path, monkeypatch)
    present = json.dumps([name for name in references().all() if name != references().of("n8n")])
    answers(
        docker,
        f"""case "$*" in
  image*) printf '%s' '{present}'; echo 'Error: No such image: standin' >&2; exit 1;;
  version*) echo arm64;;
  load*) cp "$4" "$0.tar";;
esac""",
    )
    build.ensure()
    with tarfile.open(f"{docker}.tar") as made:
        manifest = json.load(made.extractfile("manifest.json") or sys.stdin)
        assert [image["RepoTags"] for image in manifest] == [[references().of("n8n")]]
        config = json.load(made.extractfile(manifest[0]["Config"]) or sys.stdin)
    assert (config["os"], config["architecture"]) == ("linux", "arm64")
    steps = capsys.readouterr().err.splitlines()
    assert len(steps) == 2
    assert all("done" in step for step in steps)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1", "does not answer: Cannot connect"),
        ("[ $1 = version ] && echo s390x && exit; echo 'no such image' >&2; exit 1", "runs on s390x; stand-in images"),
        (
            """[ $1 = version ] && echo amd64 && exit
            [ $1 = image ] && echo 'no such image' >&2 && exit 1
            echo 'write /x: no space left on device' >&2; exit 1""",
            "did not take the images: write /x: no space left on device",
        ),
    ],
)
def test_a_daemon_that_refuses_is_one_line(
    docker: Path, script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_parts(tmp_path, monkeypatch)
    answers(docker, script)
    with pytest.raises(ImageError, match=message) as raised:
        build.ensure()
    assert "\n" not in str(raised.value)


def test_no_docker_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tools.images.build"],
        cwd=Path(build.__file__).parents[2],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == "images: the docker command is not installed\n"


def test_neither_go_nor_uv_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(ImageError, match="neither a recent Go nor uv"):
        parts.program("amd64")
    with pytest.raises(ImageError, match="uv is not installed"):
        parts.caddy("amd64")
    assert list((tmp_path / "cache/smarter-net/images").iterdir()) == []


def test_archives_are_the_same_byte_for_byte_and_share_a_layer(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_text("a program", encoding="utf-8")
    known = contracts()
    images = [
        recipes.standin("a:1", part),
        recipes.of_contract("b:1", part, known["n8n"]),
        recipes.caddy("c:1", part, known["caddy-proxy"], part, part),
    ]
    first, second = tmp_path / "first.tar", tmp_path / "second.tar"
    archive.write(images, "amd64", first, tmp_path)
    part.touch()
    archive.write(images, "amd64", second, tmp_path)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as made:
        assert sum(name.endswith("layer.tar") for name in made.getnames()) == 4
