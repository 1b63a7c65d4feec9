"""Whatever a stack file holds, it becomes a topology or one `StackError`."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.catalog.services import CATALOG
from config.derive import derive
from config.stackfile.read import from_engine, read_stack_file
from config.stackfile.settings import Settings
from config.values.errors import StackError
from config.values.secret import Secret
from tests.config.stacks import STACKS, STAND_INS, raw

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
