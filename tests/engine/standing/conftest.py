"""One stack for all tests that only look: the dev stack, with the spec's optional direct port for mkt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import clear
from tests.rig.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.rig.dockerd import Dockerd


@pytest.fixture(scope="package")
def standing(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("standing") / "p", dockerd.host)
    project.change("smarteros-blogbowl", direct_port=3002)
    project.change("metabase", rollout={"hold": "1s"})
    project.bring_up()
    yield project
    clear(dockerd)
