"""`make up`: what is cleared away before the engine runs, or why it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from host.errors import OperatorError
from operate.commands.up import _clear
from operate.inspect.repair import Repair

if TYPE_CHECKING:
    from host.daemon import Daemon


class Refusing:
    """A daemon that removes nothing, with one answer to all."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def docker(self, *_: str) -> str:
        raise OperatorError(self._answer)


IN_USE = "docker network: Error response from daemon: error while removing network: a has active endpoints"
CURE = (
    "network 0123456789ab: Docker counts containers on it that no longer exist; restart Docker "
    "(`systemctl restart docker`), and run the same command again"
)
NO_RIGHT = "docker network: permission denied"


@pytest.mark.parametrize(("answer", "line"), [(IN_USE, CURE), (NO_RIGHT, NO_RIGHT)])
def test_a_network_that_cannot_be_removed_is_a_line_with_the_cure(answer: str, line: str) -> None:
    left = Repair(orphans=[("network", "0123456789abcdef")])
    with pytest.raises(OperatorError) as refused:
        _clear(left, cast("Daemon", Refusing(answer)))
    assert str(refused.value) == line
