"""What `make delete-data` asks for before it looks at the host."""

from __future__ import annotations

import pytest

from host.errors import OperatorError
from operate.commands.delete_data import delete_data
from operate.stack import Stack
from tests.stacks import STACK_FILES

DEV = Stack("dev", STACK_FILES)


@pytest.mark.parametrize("confirm", ["", "prod", "DEV"])
@pytest.mark.parametrize(("service", "what"), [(None, "all data of dev"), ("n8n", "all data of n8n")])
def test_without_the_stacks_name_nothing_is_removed(confirm: str, service: str | None, what: str) -> None:
    with pytest.raises(OperatorError, match=f"CONFIRM={confirm}: this removes {what} for good; repeat .* CONFIRM=dev"):
        delete_data(DEV, service, confirm=confirm)


def test_a_service_that_the_stack_does_not_have_is_named() -> None:
    with pytest.raises(OperatorError, match="SERVICE=n9n: there is no such service; known are smarteros-blogbowl, n8n"):
        delete_data(DEV, "n9n", confirm="dev")
