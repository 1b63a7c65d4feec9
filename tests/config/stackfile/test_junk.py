"""Whatever a stack file holds, it becomes a topology or one `StackError`."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalog.services import CATALOG
from config.checks.located import all_mistakes
from config.derive import derive
from config.render import caddy, nftables, picture
from config.stackfile.read import from_engine, read_stack_file
from config.stackfile.settings import Settings
from config.values.errors import StackError
from config.values.secret import Secret
from tests.config.checks.test_nonsense import NONSENSE, SENSE
from tests.config.stackfile.mutations import misspelt, mutated, written
from tests.config.stacks import SECRETS as SECRETS_OF_THE_TESTS
from tests.config.stacks import STACKS, STAND_INS, Patch, patched, raw
from tests.stacks import STACK_FILES

SEEDS = 2
TRIES = 60
"""Files of one seed and stack; all of them take some seconds."""
LONGEST_LINE = 1000
"""Characters of a mistake."""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary()
WORDS = st.sampled_from(
    ["host", "sites", "services", "proxy", "images", "connection", "ssh", "local", "image", "memory", "secrets", "as"]
)
KEYS = WORDS | st.sampled_from(list(CATALOG)) | st.text()
JUNK = st.recursive(
    SCALARS | WORDS, lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.integers(), inner), max_leaves=8
)
SECRETS = st.dictionaries(
    st.sampled_from(["n8n-encryption-key", "metabase-encryption-key", "dokploy-auth-secret"]) | st.text(),
    st.builds(Secret.of, st.text(max_size=40), encrypted=st.booleans()),
)


@contextlib.contextmanager
def one_line_at_most() -> Any:  # noqa: ANN401 - a generator of nothing
    """Let through nothing but a `StackError`, which is one line."""
    try:
        yield
    except StackError as error:
        assert str(error).isprintable()  # noqa: PT017 - both ways are right
        assert error.key  # noqa: PT017 - as above


def build(settings: Any, secrets: dict[str, Secret]) -> None:  # noqa: ANN401 - junk
    with one_line_at_most():
        derive("test", Settings.parse(settings), secrets, STAND_INS).service("n8n").release  # noqa: B018


def paths(value: object, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in a nested value."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    below = [(*above, key) for key, _ in items]
    return below + [path for key, item in items for path in paths(item, (*above, key))]


@given(settings=st.dictionaries(KEYS, JUNK), secrets=SECRETS)
def test_junk_all_the_way(settings: dict[str, Any], secrets: dict[str, Secret]) -> None:
    build(settings, secrets)


@given(data=st.data(), stack=st.sampled_from(STACKS), junk=JUNK, secrets=SECRETS)
def test_junk_in_one_place_of_a_good_stack(data: st.DataObject, stack: str, junk: Any, secrets: Any) -> None:  # noqa: ANN401 - junk
    settings = raw(stack)
    path = data.draw(st.sampled_from(paths(settings)))
    target: Any = settings
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = junk
    build(settings, secrets)


@given(data=st.data(), junk=JUNK)
def test_junk_in_one_setting_of_a_service(data: st.DataObject, junk: Any) -> None:  # noqa: ANN401 - junk
    settings = raw("dev")
    name = data.draw(
        st.sampled_from(["environment", "secrets", "health", "rollout", "command", "direct-port", "image"])
    )
    settings["services"]["n8n"] = {name: junk}
    build(settings, {})


@given(config=st.dictionaries(st.sampled_from(["smarter-net:sites", "smarter-net:host", "secret:a"]) | KEYS, st.text()))
def test_junk_from_the_engine(config: dict[str, str]) -> None:
    with one_line_at_most():
        loaded = from_engine(config, set())
        Settings.parse(loaded.raw)


@given(text=st.text() | st.text(" \n\t-:[]{}&*!'\"#|>abc1"))
def test_junk_for_a_file(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "Pulumi.test.yaml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with one_line_at_most():
            Settings.parse(read_stack_file(path).raw)


def judge(path: Path) -> list[StackError]:
    """What `make up` finds wrong with a stack file; all else goes through. What is right is rendered to the end."""
    try:
        loaded = read_stack_file(path)
        made = derive("test", Settings.parse(loaded.raw), {**loaded.secrets, **SECRETS_OF_THE_TESTS}, STAND_INS)
    except StackError as error:
        return error.each()
    caddy.render(made)
    picture.draw(made)
    if made.firewall:
        nftables.render(made.firewall)
    assert [len(service.release) for service in made.services] == [7] * len(made.services)
    return []


def all_are_one_line(path: Path, errors: list[StackError]) -> None:
    """Those, and what `make doctor` finds beside them."""
    for said in [*map(str, errors), *map(str, all_mistakes(path))]:
        assert said.isprintable(), repr(said)
        assert len(said) < LONGEST_LINE, said
    assert all(error.key and error.problem and error.cure for error in errors)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("stack", STACKS)
def test_a_good_file_with_mistakes_is_right_or_one_line_each(tmp_path: Path, stack: str, seed: int) -> None:
    random = Random(f"{stack} {seed}")
    settings = raw(stack)
    text = (STACK_FILES / f"Pulumi.{stack}.yaml").read_text()
    path = tmp_path / "Pulumi.test.yaml"
    wrong = 0
    for _ in range(TRIES):
        path.write_bytes(misspelt(text, random) if random.random() < 0.2 else written(mutated(settings, random)))
        try:
            errors = judge(path)
            all_are_one_line(path, errors)
        except Exception as error:
            error.add_note(path.read_bytes().decode("utf-8", "replace"))
            raise
        wrong += bool(errors)
    # Else the mistakes are no mistakes, and nothing was tried.
    assert TRIES // 3 < wrong < TRIES


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nonsense_is_found_among_what_is_right(tmp_path: Path, seed: int) -> None:
    """However much else was changed beside it."""
    random = Random(seed)
    path = tmp_path / "Pulumi.test.yaml"
    for wrong in (each for each in NONSENSE if each.stack == "prod"):
        beside = [patch for patch in random.sample(SENSE, 3) if not touches(patch, wrong.patch)]
        patch = {key: value for each in (*beside, wrong.patch) for key, value in each.items()}
        path.write_bytes(written(patched("prod", patch)))
        assert wrong.key in [error.key for error in judge(path)], f"accepted: {patch}"


def touches(one: Patch, other: Patch) -> bool:
    """Whether two changes are about the same part of a stack file, so that one could undo the other."""
    parts = [{tuple(key.split("/")[:2]) for key in patch} for patch in (one, other)]
    return bool(parts[0] & parts[1]) or any("site" in key for key in one)
