"""The tests' own load: how long a request that failed had been under way."""

from __future__ import annotations

import socket
import threading
import time

from tests.rig.visitors.load import Kind, Load
from tests.rig.wait import until

RESET = (socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
WAIT = 0.4


def test_the_seconds_in_which_a_client_is_connected_are_not_the_requests() -> None:
    """As a container's port that is taken over: Docker's own proxy has the connection, and nothing is behind it yet."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reset_each() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                time.sleep(WAIT)
                connection.setsockopt(*RESET)
                connection.close()

        resetting = threading.Thread(target=reset_each, daemon=True)
        resetting.start()
        load = Load("site.test", port=server.getsockname()[1], clients={Kind.SLOW: 1})
        load._thread.start()
        until(lambda: load._outcome.failures, "a request has failed")
        failures = load.stop().failures
        server.shutdown(socket.SHUT_RDWR)
    assert {failure.lasted for failure in failures} == {0}
