"""The SmarterOS services as data: one entry each, in the order of the spec's list, with what each really needs.

Their databases and helpers are in `config.catalog.accessories`.

Braces in environment values and commands are filled in by `config.derive`:
`{url}` and `{host}` of the service's first site (a variable that needs one is left out where there is none), `{port}`,
`{liveness}` (the path), `{heap}` (half of the memory, in MiB) and `{finish}` (seconds for running work, 15 s before the
kill).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.catalog.entry import Entry, NeededSecret, ProxyEntry, StandInEntry
from config.topology.data import Files, Nothing, Sqlite
from config.topology.model import PROJECT
from config.topology.service import Health, Order, Rollout, SecretTarget, VolumeSpec
from config.values.names import ImageReference
from config.values.units import Capability, Duration, Memory

if TYPE_CHECKING:
    from collections.abc import Mapping

_D = Duration.parse
_PROBE = "http://127.0.0.1:{port}{liveness}"
"""By address: busybox resolves `localhost` to ::1 first, where not every service listens."""
_CURL = ("curl", "-fsS", "-o", "/dev/null", _PROBE)
STEPS_DOWN = tuple(Capability(name) for name in ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"))
"""What an image needs that starts as root, gives its files to its own user and becomes that user. KILL: the init
process stays root; where it may not pass the signal to stop on to that user it dies of it, and the service at once."""


BLOGBOWL = Entry(
    name="smarteros-blogbowl",
    purpose="Marketing Site",
    port=3000,
    repository=None,
    version="0.3.1",
    # Next.js binds to $HOSTNAME, which Docker sets to the container's id.
    environment={"HOSTNAME": "0.0.0.0", "PORT": "{port}", "FRONTEND_URL": "{url}"},  # noqa: S104 - inside a container
    memory=Memory(512),
    least_memory=Memory(128),
    health=Health(
        readiness="/",
        liveness="/",
        # Every Next.js image has node; the slim ones have neither wget nor curl.
        command=("node", "-e", f"fetch('{_PROBE}').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"),
    ),
    rollout=Rollout(
        order=Order.ROLLING, start=_D("1m"), settle=_D("5s"), drain=_D("30s"), stop=_D("10s"), hold=_D("10s")
    ),
)

N8N = Entry(
    name="n8n",
    purpose="N8N Automation",
    port=5678,
    repository="docker.n8n.io/n8nio/n8n",
    version="2.41.6",
    environment={
        "N8N_PORT": "{port}",
        "N8N_PROTOCOL": "https",
        "N8N_HOST": "{host}",
        "N8N_EDITOR_BASE_URL": "{url}/",
        # The older name is deprecated from 2.35 on, and is what versions before it read.
        "N8N_WEBHOOK_URL": "{url}/",
        "WEBHOOK_URL": "{url}/",
        # Without it the rate limiter refuses Caddy's X-Forwarded-For.
        "N8N_PROXY_HOPS": "1",
        "N8N_GRACEFUL_SHUTDOWN_TIMEOUT": "{finish}",
        "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
        "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true",
        # Without a way out it waits half a minute for its telemetry at each stop: requests were held 66 s, not 15.
        "N8N_DIAGNOSTICS_ENABLED": "false",
    },
    # Where its runners find it, on another port than the proxy forwards.
    aliases=("n8n-broker",),
    secrets=(
        NeededSecret(
            secret="n8n-encryption-key",  # noqa: S106 - its name
            variable="N8N_ENCRYPTION_KEY",
            # Read from a file by every n8n 2; older ones did not, and made up a key of their own (n8n #20175, #20230).
            target=SecretTarget.FILE,
            length=16,
            reason="n8n would make up a key that exists only on the server, and with it every stored credential",
            permanent="n8n could read none of the credentials that it has stored, and would not start",
        ),
    ),
    volumes=(VolumeSpec(name=f"{PROJECT}-n8n", path="/home/node/.n8n", copied=Sqlite(file="database.sqlite")),),
    memory=Memory(1024),
    # With 512 MiB its first start ends with code 134; it is ready at 551.
    least_memory=Memory(640),
    init=True,
    health=Health(
        readiness="/healthz/readiness",
        # /healthz answers before the webhooks are registered: after a crash 61 of 331 calls got 404. That one is the
        # process's own, for Docker.
        liveness="/healthz/readiness",
        command=("wget", "-q", "-O", "/dev/null", "http://127.0.0.1:{port}/healthz"),
    ),
    # start: the first start after an upgrade migrates the database. stop: n8n drains running workflows for 30 s.
    # hold: stop and a usual start.
    rollout=Rollout(
        order=Order.RECREATE, start=_D("5m"), settle=_D("10s"), drain=_D("5s"), stop=_D("45s"), hold=_D("1m30s")
    ),
    # What other programs and other people's browsers call. The test addresses too: nothing is there but for the two
    # minutes in which an operator listens, and the sender of the event has no password. MCP clients log in with a token
    # of the workflow's own, in the header that a password of the site would take. Not /form-test, which the operator's
    # own browser opens, nor /rest and the editor.
    public_paths=("/webhook", "/webhook-test", "/webhook-waiting", "/form", "/form-waiting", "/mcp", "/mcp-test"),
    first_visitor="the first visitor becomes n8n's owner",
    alone="two containers of n8n on one database run every schedule twice",
)

METABASE = Entry(
    name="metabase",
    purpose="Analytics Dashboard",
    port=3001,
    repository="metabase/metabase",
    version="v0.63.19",
    environment={
        "MB_JETTY_PORT": "{port}",
        "MB_SITE_URL": "{url}",
        # Left to itself the JVM takes a quarter of what it sees, which is too little to start in 1 GiB.
        "JAVA_OPTS": "-Xmx{heap}m",
    },
    secrets=(
        NeededSecret(
            secret="metabase-encryption-key",  # noqa: S106 - its name
            variable="MB_ENCRYPTION_SECRET_KEY",
            # Metabase reads `_FILE` for its database's, mail's and LDAP's secrets, but not for this one.
            target=SecretTarget.ENVIRONMENT,
            length=16,
            reason="Metabase would store the credentials of its data sources in clear text",
            permanent="Metabase could read none of the credentials of its data sources",
        ),
    ),
    memory=Memory(2048),
    least_memory=Memory(1536),
    capabilities=STEPS_DOWN,
    health=Health(readiness="/api/health", liveness="/api/health", command=_CURL),
    # start: one to two minutes are normal on a small server, and a killed migration leaves its lock behind.
    rollout=Rollout(
        order=Order.RECREATE, start=_D("10m"), settle=_D("10s"), drain=_D("5s"), stop=_D("1m"), hold=_D("3m")
    ),
    first_visitor="the first visitor becomes Metabase's administrator",
    alone="two containers of Metabase that migrate one database corrupt it",
)

NEXA = Entry(
    name="nexa-runtime",
    purpose="AI Runtime",
    port=8080,
    repository="ghcr.io/ggml-org/llama.cpp",
    version="server",
    enabled=False,
    environment={
        "LLAMA_ARG_HOST": "0.0.0.0",  # noqa: S104 - inside a container
        "LLAMA_ARG_PORT": "{port}",
        # Without a model on its command line it is a router of those that lie here; without this, of none.
        "LLAMA_ARG_MODELS_DIR": "/models",
        # Left to itself it keeps four in memory.
        "LLAMA_ARG_MODELS_MAX": "1",
    },
    secrets=(
        NeededSecret(
            secret="nexa-api-key",  # noqa: S106 - its name
            # Not the newer LLAMA_ARG_API_KEY_FILE: a version that does not know it would let in everybody.
            variable="LLAMA_API_KEY",
            target=SecretTarget.ENVIRONMENT,
            length=16,
            reason="any program that reaches it could use it, and have it load models",
        ),
    ),
    # llama.cpp asks for no key there, whatever the method: a POST downloads a model, a DELETE removes one.
    private_paths=("/metrics", "/models"),
    volumes=(
        VolumeSpec(
            name=f"{PROJECT}-nexa-models",
            path="/models",
            copied=Nothing(reason="models can be fetched again, and one is larger than all other data together"),
        ),
    ),
    # An 8B model at four bits takes 6 to 8 GiB.
    memory=Memory(8192),
    least_memory=Memory(1024),
    health=Health(readiness="/health", liveness="/health", command=_CURL),
    # start: loading a model. hold: an answer takes long anyway. Two containers would take the memory twice.
    rollout=Rollout(
        order=Order.RECREATE, start=_D("5m"), settle=_D("5s"), drain=_D("5s"), stop=_D("30s"), hold=_D("2m")
    ),
)

DOKPLOY = Entry(
    name="dokploy",
    purpose="Platform Admin",
    port=3000,
    repository="dokploy/dokploy",
    version="v0.30.6",
    environment={"PORT": "{port}"},
    secrets=(
        NeededSecret(
            secret="dokploy-auth-secret",  # noqa: S106 - its name
            variable="BETTER_AUTH_SECRET",
            target=SecretTarget.FILE,
            length=32,
            reason="Dokploy would sign sessions with a key that is printed in its source",
            permanent="Dokploy could read neither its encrypted columns nor its users' second factors",
        ),
    ),
    # The paths on both sides are the same: Dokploy tells Docker, on the host, about files that it has written here.
    volumes=(
        VolumeSpec(name="/etc/dokploy", path="/etc/dokploy", copied=Files(leave_out=("logs",))),
        VolumeSpec(name=f"{PROJECT}-dokploy-docker", path="/root/.docker", copied=Files()),
        VolumeSpec(
            name="/var/run/docker.sock",
            path="/var/run/docker.sock",
            copied=Nothing(reason="it is a socket of the host's Docker, and holds no data"),
        ),
    ),
    guarded=True,
    # It makes an overlay network for what is deployed with it.
    swarm=True,
    init=True,
    memory=Memory(1024),
    least_memory=Memory(512),
    # Its migration writes its failure to the log and ends well; the server then starts on the old tables, and its
    # readiness asks for nothing but `SELECT 1` (migration.ts, settings.ts).
    health=Health(
        readiness="/api/trpc/settings.health", liveness="/api/health", command=_CURL, failure="Migration failed"
    ),
    # start: it waits up to two minutes for its database.
    rollout=Rollout(
        order=Order.RECREATE, start=_D("5m"), settle=_D("10s"), drain=_D("5s"), stop=_D("30s"), hold=_D("1m30s")
    ),
    first_visitor="the first visitor becomes Dokploy's owner, who commands this server's Docker",
    alone="two containers of Dokploy on one database run every deployment twice",
)

CATALOG: Mapping[str, Entry] = {entry.name: entry for entry in (BLOGBOWL, N8N, METABASE, NEXA, DOKPLOY)}
"""In the order of the spec's list of active services, whose first one is the proxy."""


PROXY = ProxyEntry(
    name="caddy-proxy",
    image=ImageReference("caddy", "2.11.4"),
    # At rest it uses 50 MiB. A connection with a body that does not come takes 94 KiB, a stream that waits 17 KiB: this
    # is 5000 of the one and 25,000 of the other at once.
    memory=Memory(1024),
    least_memory=Memory(128),
    most_requests=2048,
    most_waiting=1024,
    storage_path="/root/letsencrypt",
    # Three seconds of `Connection: close` while new connections are accepted, two for what is still under way then, two
    # to spare. No longer: meanwhile no connection is accepted, and streams do not end by themselves.
    stop=_D("7s"),
    # n8n's and Dokploy's pages hold WebSockets for as long as they are open; a new config must not cut them all.
    stream_close_delay=_D("24h"),
    # A container that died is out of the rotation within a second.
    health_interval=_D("500ms"),
)

STAND_IN = StandInEntry(
    memory=Memory(64),
    least_memory=Memory(16),
    # The image holds no other program.
    probe=("/standin", "probe", _PROBE),
    # It is up within a tenth of a second, and `up` waits for it on a laptop.
    start=_D("30s"),
    settle=_D("1s"),
)
