"""`make maintenance`: what visitors of the site see, what all others do, and that it outlives a `make up`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.rig.visitors.browser import https
from tests.rig.visitors.clients_at import REQUESTS_ONLY, load

if TYPE_CHECKING:
    from tests.rig.dockerd import Dockerd
    from tests.rig.project import Project

SITE, OTHER = "mkt.smarterbot.localhost", "api.smarterbot.localhost"


def test_a_site_is_closed_and_opened_without_a_rollout_and_stays_closed_over_an_up(
    deployed: Project, dockerd: Dockerd
) -> None:
    before = deployed.read()
    running = {found["Id"] for found in dockerd.containers()}
    with load("n8n", REQUESTS_ONLY) as outcome:
        closed = deployed.operate("maintenance", SITE, "--on", "--text", "Volvemos a las 18:00.", "--yes")
        assert closed.returncode == 0, closed.stdout + closed.stderr
        answer = https(SITE)
        assert (answer.status, answer.headers["retry-after"]) == (503, "300")
        assert "<p>Volvemos a las 18:00.</p>" in answer.body
        assert https(OTHER).status == 200
        assert (
            f"~ site {SITE}: smarteros-blogbowl → smarteros-blogbowl, in maintenance: it answers 503" in closed.stdout
        )
        assert "besides" not in closed.stdout
        assert re.search(rf"{SITE} .* maintenance", deployed.operate("status").stdout)
        deployed.bring_up()
        assert https(SITE).status == 503
        opened = deployed.operate("maintenance", SITE, "--off", "--yes")
        assert opened.returncode == 0, opened.stdout + opened.stderr
        assert https(SITE).status == 200
    assert {found["Id"] for found in dockerd.containers()} == running
    assert deployed.read() == before
    assert not outcome.failures, outcome.summary()
