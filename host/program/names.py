"""What the program on the host shares with what sends it there: a test compares the two."""

from __future__ import annotations

PROXY = "caddy-proxy"
STATUS = "127.0.0.1:2020"
"""The proxy's status page, inside its container."""
CONFIG_DIRECTORY = "/etc/caddy"
"""Where the proxy sees `proxy/` of the stack's folder."""
ADMIN_SOCKET = "unix//run/caddy/admin.sock"
STACK = "smarter-net.stack"
SERVICE = "smarter-net.service"
RELEASE = "smarter-net.release"
CARRIER = "smarter-net.carrier"
"""Labels of a container."""
NOWHERE = "127.0.0.1:9"
"""Nothing listens there: a dial fails at once and is tried again, which is how requests are held."""
ROLLING = "rolling"
"""The order in which the new container is started beside the old one."""
