from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from config.stackfile.read import Loaded, from_engine, read_stack_file
from config.stackfile.settings import Settings
from config.values.errors import StackError
from config.values.secret import Secret
from tests.config.stacks import STACKS, raw
from tests.stacks import STACK_FILES

if TYPE_CHECKING:
    from pathlib import Path

GOOD = (STACK_FILES / "Pulumi.dev.yaml").read_text()


def read(directory: Path, text: str | bytes) -> Loaded:
    path = directory / "Pulumi.test.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_stack_file(path)


def test_scalars_are_what_the_engine_takes_them_for(tmp_path: Path) -> None:
    text = "config: {smarter-net:x: [12:30, no, '2026-11-23', 0x10, 1.5, 7, true, ~, '7', 1e3, 0o17, 1., TRUE]}"
    assert read(tmp_path, text).raw["x"] == [
        "12:30", "no", "2026-11-23", 16, 1.5, 7, True, None, "7", 1000, 15, 1, True,
    ]  # fmt: skip


def test_other_namespaces_are_not_ours_and_none_is_the_projects(tmp_path: Path) -> None:
    loaded = read(tmp_path, "config: {docker:host: x, pulumi:tags: {}, images: registry}\nencryptionsalt: v1:x")
    assert (loaded.raw, loaded.secrets) == ({"images": "registry"}, {})


def test_a_secret_is_encrypted_or_in_clear_text(tmp_path: Path) -> None:
    loaded = read(tmp_path, "config:\n  secret:a: {secure: v1:abc}\n  secret:b: hello\n  secret:c: 5")
    assert loaded.secrets == {
        "a": Secret.sealed("v1:abc"),
        "b": Secret.of("hello", encrypted=False),
        "c": Secret.of("5", encrypted=False),
    }
    assert (loaded.secrets["a"].length, loaded.secrets["a"].encrypted) == (None, True)


@pytest.mark.parametrize(
    ("text", "key", "cure"),
    [
        ("", "Pulumi.test.yaml", "start with `config:`"),
        ("# nothing\n", "Pulumi.test.yaml", "start with `config:`"),
        ("- config\n", "Pulumi.test.yaml", "start with `config:`"),
        ("config", "Pulumi.test.yaml", "start with `config:`"),
        ("encryptionsalt: x\n", "config", "add it"),
        ("config:\n", "config", "add it"),
        ("config: []\n", "config", "below it"),
        ("confg: {}\n", "confg", "did you mean config?"),
        ("config:\n\tsmarter-net:images: stand-in\n", "Pulumi.test.yaml:2", "spaces"),
        ("config:\n  smarter-net:sites: [\n", "Pulumi.test.yaml:3", "quotes"),
        ("config:\n  a: 'b\n", "Pulumi.test.yaml:3", "quotes"),
        ("config: {}\n---\nconfig: {}\n", "Pulumi.test.yaml:2", "indentation"),
        ("config: &a {x: *a}\n", "Pulumi.test.yaml:1", "write the value out"),
        ("config:\n  <<: {a: 1}\n", "Pulumi.test.yaml:2", "write its keys out"),
        ("config: {[1]: 2}\n", "Pulumi.test.yaml:1", "name: value"),
        ("config: {smarter-net:images: !!binary aGk=}\n", "images", "remove it"),
        ("config: {smarter-net:images: !own x}\n", "images", "remove it"),
        ("config:\n  smarter-net:images: registry\n  smarter-net:images: stand-in\n", "images", "line 3"),
        ("config:\n  smarter-net:services:\n    n8n: {}\n    n8n: {}\n", "services.n8n", "line 4"),
        ("config: {smarter-net:x: [{a: 1, a: 2}]}", "x[0].a", "line 1"),
        ("config: " + "[" * 30 + "]" * 30, "Pulumi.test.yaml:1", "20 levels"),
        ("config: " + "[" * 5000 + "]" * 5000, "Pulumi.test.yaml:1", "20 levels"),
        ("config: {a: \x07}\n", "Pulumi.test.yaml", "control characters"),
        (b"config: \xff\xfe", "Pulumi.test.yaml", "UTF-8"),
        ("config: {smarter-net:x: 2026-11-23}", "x", "put it in quotes"),
        ("config: {smarter-net:x: [123456789012345678901]}", "x[0]", "put it in quotes"),
        ("config: {smarter-net:x: {2026-11-23: a}}", "x.2026-11-23", "put it in quotes"),
        ("config: {secret:a: [x]}", "secret:a", "config set --secret secret:a"),
        ("config: {secret:a: }", "secret:a", "config set --secret secret:a"),
        ("config: {smarter-net:proxy: {email: {secure: v1:x}}}", "proxy.email", "--secret secret:"),
        ("config: {smarter-net:sites: [{secure: v1:x}]}", "sites[0]", "--secret secret:"),
    ],
)
def test_a_file_that_is_no_stack_file_gives_one_line(tmp_path: Path, text: str | bytes, key: str, cure: str) -> None:
    with pytest.raises(StackError) as raised:
        read(tmp_path, text)
    assert raised.value.key == key
    assert cure in raised.value.cure
    assert str(raised.value).isprintable()


def test_a_file_that_is_not_there_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"^Pulumi\.no\.yaml: cannot be read \(No such file or directory\); "):
        read_stack_file(tmp_path / "Pulumi.no.yaml")
    with pytest.raises(StackError, match=r"cannot be read \(Is a directory\)"):
        read_stack_file(tmp_path)


@pytest.mark.parametrize("stack", STACKS)
def test_file_and_engine_give_the_same_settings(stack: str) -> None:
    settings = raw(stack)
    flat = {
        f"smarter-net:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()
    }
    loaded = from_engine({**flat, "docker:host": "x", "secret:a": "value"}, {"secret:a"})
    assert loaded.raw == settings
    assert loaded.secrets == {"a": Secret.of("value")}
    assert Settings.parse(loaded.raw) == Settings.parse(settings)


def test_a_secret_that_the_engine_does_not_call_one_is_in_clear_text() -> None:
    assert from_engine({"secret:a": "value"}, []).secrets == {"a": Secret.of("value", encrypted=False)}


def test_an_encrypted_value_among_the_settings_is_refused() -> None:
    with pytest.raises(StackError, match=r"^proxy: holds an encrypted value; ") as raised:
        from_engine({"smarter-net:proxy": '{"email":"hidden"}'}, ["smarter-net:proxy"])
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("text", ["not JSON", "[" * 100_000, "NaN", "5"])
def test_what_the_engine_hands_over_is_checked_like_a_file(text: str) -> None:
    config = {"smarter-net:host": '{"connection":"local"}', "smarter-net:certificates": "internal"}
    with pytest.raises(StackError, match=r"^sites: must be a list"):
        Settings.parse(from_engine({**config, "smarter-net:sites": text}, []).raw)


def test_an_unknown_key_from_the_engine_is_a_mistake() -> None:
    with pytest.raises(StackError, match=r"^sits: .*did you mean sites"):
        Settings.parse({**raw("dev"), **from_engine({"smarter-net:sits": "[]"}, []).raw})


def test_the_good_file_is_good(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD).raw == raw("dev")
