"""What the program relies on in Docker's answers. The real one is asked in tests/engine, what stands in for it here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from host.program.docker import GONE

if TYPE_CHECKING:
    from host.program.docker import Docker


def holds(docker: Docker, container: str, stack: str) -> None:
    """Of a created container of the stack's n8n, which answers on its port 5678 at once."""
    created = docker.find(container)
    assert created is not None
    assert (created.running, created.restarts, created.exit_code) == (False, 0, 0)
    assert docker.find(created.name) == created
    assert docker.containers(stack, "n8n") == []
    # Stopped already.
    docker.stop(container, 1)

    docker.limit(container)
    assert docker.start(container) == ""
    assert docker.start(container) == "", "one that runs is left alone"
    started = docker.find(container)
    assert started is not None
    assert (started.running, started.restarts) == (True, 0)
    assert [each.id for each in docker.containers(stack, "n8n")] == [container]
    assert docker.containers(stack, "another") == []

    answer = docker.get(f"http://{started.name}:5679/")
    assert (bool(answer.code), answer.out, GONE.search(answer.err)) == (True, "", None)
    assert answer.err.startswith("wget: ")
    known = json.loads(docker.get("http://127.0.0.1:2020/reverse_proxy/upstreams").out)
    assert all({"address", "num_requests"} <= each.keys() for each in known)
    assert known

    docker.stop(container, 1)
    stopped = docker.find(container)
    assert stopped is not None
    assert not stopped.running

    # A copy that is gone is left out beside one that is there.
    assert docker.find("no-such-container") is None
    assert [each.id for each in docker.inspect("no-such-container", container)] == [container]
    assert docker.start("no-such-container").startswith("Error")
    assert docker.images(["no-such-image:1"]) == []
    assert not docker.remove_image("no-such-image:1")
