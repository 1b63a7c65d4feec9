from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.values.errors import Mistake
from config.values.names import Hostname, ImageReference
from config.values.times import TimeOfDay
from config.values.units import Capability, Cpus, Duration, Memory, Unit

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "canonical", "seconds"),
    [
        ("30s", "30s", 30),
        ("60s", "1m0s", 60),
        ("1m", "1m0s", 60),
        ("90s", "1m30s", 90),
        ("1h", "1h0m0s", 3600),
        ("500ms", "500ms", 0.5),
        ("1500ms", "1.5s", 1.5),
        ("0s", "0s", 0),
        ("1h0m0.25s", "1h0m0.25s", 3600.25),
    ],
)
def test_durations_are_spelled_as_go_does(text: str, canonical: str, seconds: float) -> None:
    assert str(Duration.parse(text)) == canonical
    assert Duration.parse(text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "canonical", "mebibytes"),
    [("512MiB", "512MiB", 512), ("1024MiB", "1GiB", 1024), ("1.5GiB", "1536MiB", 1536), ("1TiB", "1024GiB", 1 << 20)],
)
def test_memory_is_in_the_largest_whole_unit(text: str, canonical: str, mebibytes: int) -> None:
    memory = Memory.parse(text)
    assert (str(memory), memory.mebibytes, memory.bytes) == (canonical, mebibytes, mebibytes << 20)


@pytest.mark.parametrize(("text", "canonical"), [("1", "1.0"), ("0.5", "0.5"), ("0.50", "0.5"), ("2.25", "2.25")])
def test_processors_are_spelled_as_docker_reads_them_back(text: str, canonical: str) -> None:
    assert str(Cpus.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "canonical"), [("chown", "CAP_CHOWN"), ("CAP_NET_ADMIN", "CAP_NET_ADMIN"), ("cap_all", "ALL")]
)
def test_capabilities_have_their_prefix(text: str, canonical: str) -> None:
    assert str(Capability.parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        ("caddy:2.11.4", "caddy", "2.11.4"),
        ("ghcr.io/ggml-org/llama.cpp:server", "ghcr.io/ggml-org/llama.cpp", "server"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b", "1"),
        ("registry:5000/a:latest", "registry:5000/a", "latest"),
    ],
)
def test_images_are_read_with_and_without_a_digest(text: str, repository: str, tag: str) -> None:
    assert ImageReference.parse(text) == ImageReference(repository, tag)
    assert not ImageReference.parse(text).pinned
    pinned = ImageReference.parse(f"{text}@{DIGEST}")
    assert pinned == ImageReference(repository, tag, DIGEST)
    assert pinned.pinned
    assert str(pinned) == f"{text}@{DIGEST}"


def test_host_names_are_in_lower_case() -> None:
    assert Hostname.parse("MKT.SmarterBot.cl") == Hostname("mkt.smarterbot.cl")
    assert str(Hostname("a.localhost")) == "a.localhost"


@pytest.mark.parametrize(
    ("unit", "text", "cure"),
    [
        (Duration, "30", "add the unit: 30s"),
        (Duration, "", "30s"),
        (Duration, "-1s", "30s"),
        (Duration, "0.0001s", "whole milliseconds"),
        (Memory, "512m", "512MiB"),
        (Memory, "0.3MiB", "write 1MiB"),
        (Cpus, "half", "0.5"),
        (Cpus, "0", "0.5"),
        (Capability, "NET-ADMIN", "CAP_CHOWN"),
        (ImageReference, "caddy", "caddy:<tag>"),
        (ImageReference, "localhost:5000/caddy", "localhost:5000/caddy:<tag>"),
        (ImageReference, "Caddy:2", "write caddy"),
        (ImageReference, "caddy:2@sha256:12", "64 hexadecimal digits"),
        (ImageReference, "caddy:a b", "n8nio/n8n"),
        (Hostname, "mkt", "whole name"),
        (Hostname, "-a.cl", "hyphens"),
        (Hostname, "a..cl", "hyphens"),
        (Hostname, "a.cl:443", "port"),
        (Hostname, "\ud800.cl", "punycode"),
        (Hostname, "", "whole name"),
    ],
)
def test_a_mistake_says_what_would_be_right(unit: type[Unit], text: str, cure: str) -> None:
    with pytest.raises(Mistake) as raised:
        unit.parse(text)
    assert cure in raised.value.cure
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("unit", [Duration, Memory, Cpus, Capability, ImageReference, Hostname, TimeOfDay])
@given(text=st.text() | st.text("0123456789.hms"))
def test_what_is_read_is_canonical_and_everything_else_is_a_mistake(unit: type[Unit], text: str) -> None:
    try:
        value = unit.parse(text)
    except Mistake as mistake:
        assert str(mistake).isprintable()  # noqa: PT017 - both ways are right
        return
    assert unit.parse(str(value)) == value
    assert hash(unit.parse(str(value))) == hash(value)


@given(st.integers(0, 10**10))
def test_every_duration_survives_its_own_spelling(milliseconds: int) -> None:
    assert Duration.parse(str(Duration(milliseconds))).milliseconds == milliseconds


@given(st.integers(1, 10**7 - 1))
def test_every_amount_of_memory_survives_its_own_spelling(mebibytes: int) -> None:
    assert Memory.parse(str(Memory(mebibytes))).mebibytes == mebibytes


@given(st.integers(1, 999_999))
def test_every_share_of_processors_survives_its_own_spelling(hundredths: int) -> None:
    assert Cpus.parse(str(Cpus(hundredths))).hundredths == hundredths


@given(st.from_regex(Hostname.PATTERN, fullmatch=True))
def test_the_editors_pattern_of_a_host_name_lets_little_wrong_through(text: str) -> None:
    try:
        assert str(Hostname.parse(text)) == text.lower()
    except Mistake as mistake:
        assert len(text) > 60 or "-" in text or not text.isascii(), mistake  # noqa: PT017 - both ways are right


def test_durations_and_amounts_have_an_order() -> None:
    assert Duration.parse("59s") < Duration.parse("1m")
    assert Memory.parse("1GiB") > Memory.parse("512MiB")
