"""What each event does, from GitHub's side: which jobs run, what becomes of the servers, what is written on GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.rig.internet.actions import REVIEWERS, Actions, pull_request
from tests.rig.internet.bucket import KEYS, URL, Bucket
from tests.rig.servers.remote import deployable, start_registry, visit
from tests.server.conftest import internet

if TYPE_CHECKING:
    from tests.rig.internet.actions import Ran
    from tests.rig.servers.server import Internet, Server

__all__ = ["internet"]
pytestmark = pytest.mark.drawn(2, "servers", whole=True)
STACKS = {"staging": "mkt.smarterbot.store", "prod": "mkt.smarterbot.cl"}
SERVICE = "smarteros-blogbowl"
PASSPHRASE = "correct horse battery staple"


class World:
    """Two bare servers, and the repository whose stack files name them."""

    def __init__(self, internet: Internet, factory: pytest.TempPathFactory) -> None:
        self.internet = internet
        self.bucket = Bucket(internet)
        secrets = {
            "PULUMI_BACKEND_URL": URL,
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "SSH_PRIVATE_KEY": internet.identity_file.read_text(),
            **KEYS,
        }
        self.actions = Actions(internet, factory.mktemp("github"), secrets)
        self.servers = {stack: self._server(stack, factory) for stack in STACKS}
        self.actions.commit("The stack files")

    def _server(self, stack: str, factory: pytest.TempPathFactory) -> Server:
        folder, server = factory.mktemp(stack), self.internet.server(stack)
        registry = start_registry(server, folder)
        environment = {"PULUMI_BACKEND_URL": URL, **KEYS}
        project = deployable(folder / "p", stack, self.internet, server, registry, environment=environment)
        config = project.read()["config"]
        config["smarter-net:certificates"] = "internal"
        project.write(config)
        (self.actions.tree / f"Pulumi.{stack}.yaml").write_text((project.folder / f"Pulumi.{stack}.yaml").read_text())
        return server

    def serves(self, stack: str) -> bool:
        """Whether a stack's first site is answered."""
        return SERVICE in visit(self.internet, self.servers[stack], STACKS[stack], "-k", check=False).stdout

    def change(self, stack: str) -> None:
        """Open a site and change a variable, in the tree."""
        path = self.actions.tree / f"Pulumi.{stack}.yaml"
        whole = yaml.safe_load(path.read_text())
        config = whole["config"]
        site = {"host": STACKS[stack].replace("mkt", "www"), "service": SERVICE}
        config["smarter-net:sites"].append(site)
        config["smarter-net:services"][SERVICE]["environment"]["GREETING"] = "hello"
        path.write_text(yaml.safe_dump(whole, sort_keys=False))

    def name(self, stack: str) -> None:
        """Let the names of a stack's sites lead to its server, for who asks from outside."""
        config = yaml.safe_load((self.actions.tree / f"Pulumi.{stack}.yaml").read_text())["config"]
        server = self.servers[stack]
        hosts = self.internet.folder / "hosts"
        hosts.write_text(
            "127.0.0.1 localhost\n"
            + "".join(
                f"{address} {site['host']}\n"
                for site in config["smarter-net:sites"]
                for address in (server.address, server.address6)
            )
        )
        self.internet.run("mount", "--bind", str(hosts), "/etc/hosts")


@pytest.fixture(scope="module")
def world(internet: Internet, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(internet, tmp_path_factory)


def good(ran: Ran, *jobs: str) -> None:
    assert ran.jobs == dict.fromkeys(jobs, "success"), ran.log


def test_a_merge_is_deployed_to_staging_and_then_to_prod(world: World) -> None:
    good(world.actions.event("push", ref="refs/heads/main"), "check", "staging", "gate", "prod")
    assert world.serves("staging")
    assert world.serves("prod")
    assert world.bucket.locks("staging") == world.bucket.locks("prod") == []


def test_without_reviewers_it_stops_after_staging_and_by_hand_it_goes_on(world: World) -> None:
    world.actions.put(environments={"production": {"name": "production", "protection_rules": []}})
    ran = world.actions.event("push", ref="refs/heads/main")
    good(ran, "check", "staging", "gate")
    assert "prod: not deployed, because the environment production has no required reviewers" in ran.log
    ran = world.actions.event("workflow_dispatch", workflow="deploy.yml", ref="refs/heads/main")
    good(ran, "check", "staging", "gate", "prod")
    world.actions.put(environments={})
    ran = world.actions.event("push", ref="refs/heads/main")
    assert ran.jobs == {"check": "success", "staging": "success", "gate": "failure"}
    # act does not wait for the last words of a step that fails; tests/workflows/test_steps.py holds gate.sh to them.
    assert world.actions.asked()[-1] == "GET environments/production 404"
    world.actions.put(environments={"production": REVIEWERS})


def test_a_pull_request_gets_one_comment_with_the_plan_in_words(world: World) -> None:
    for stack in STACKS:
        world.change(stack)
    ran = world.actions.event("pull_request", **pull_request())
    good(ran, "check", "plan staging", "plan prod", "comment")
    for stack, host in STACKS.items():
        good(world.actions.event("pull_request", stack=stack, **pull_request()), "check", f"plan {stack}", "comment")
        [comment] = world.actions.there["comments"]
        body = comment["body"]
        section = body.partition(f"### {stack}\n")[2].partition("\n### ")[0]
        assert f"+ site {host.replace('mkt', 'www')}: opens → {SERVICE}\n" in section, ran.log
        assert f"! {SERVICE}: variable GREETING is set to hello\n" in section
        assert "could not be made" not in body
        for secret in (PASSPHRASE, *KEYS.values()):
            assert secret not in body


@pytest.mark.parametrize("payload", [pull_request(head="mallory/smarter-net"), pull_request("dependabot[bot]")])
def test_a_forks_and_a_bots_get_the_checks_alone(world: World, payload: dict[str, Any]) -> None:
    before = world.actions.there["comments"]
    good(world.actions.event("pull_request", **payload), "check")
    assert world.actions.made() == ["check"]
    assert world.actions.there["comments"] == before


def test_a_night_opens_one_issue_and_brings_it_up_to_date(world: World) -> None:
    # What was changed for the pull request is not deployed, and out there no name leads anywhere.
    # The second time it is begun by hand.
    for found, event in ((False, {"name": "schedule"}), (True, {"name": "workflow_dispatch", "workflow": "drift.yml"})):
        if found:
            server = world.servers["prod"]
            server.docker("stop", server.dockerd.copy("n8n"))
        ran = world.actions.event(stack="prod", ref="refs/heads/main", **event)
        assert ran.jobs == {"look prod": "failure", "issue": "success"}, ran.log
        [issue] = world.actions.there["issues"]
        assert "**Names that do not lead to the server**" in issue["body"]
        assert ("**The server is not as the last run left it**" in issue["body"]) == found
        assert issue["state"] == "OPEN"
    assert world.actions.there["labels"] == ["drift"]


def test_a_good_night_closes_the_issue(world: World) -> None:
    good(world.actions.event("push", ref="refs/heads/main"), "check", "staging", "gate", "prod")
    world.name("prod")
    good(world.actions.event("schedule", stack="prod", ref="refs/heads/main"), "look prod", "issue")
    [issue] = world.actions.there["issues"]
    assert issue["state"] == "CLOSED"
    assert "Both stacks are as they should be: " in issue["comments"]["nodes"][-1]["body"]


def test_an_older_commit_is_not_put_over_a_newer_one(world: World) -> None:
    world.actions.commit("A change")
    world.actions.put(main="c" * 40)
    ran = world.actions.event("push", ref="refs/heads/main")
    assert ran.jobs == {"check": "success", "staging": "failure"}
    assert f"main is at {'c' * 40} by now" in ran.log
