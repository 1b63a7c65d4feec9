"""The Pulumi program: one stack's settings become its topology, the topology becomes resources."""

import atexit
import gc
import os
import signal

# The engine interrupts a program when something has failed, and has said so by then; a traceback would bury that. 32 is
# its word for a program that has nothing to add.
signal.signal(signal.SIGINT, lambda *_: os._exit(32))
# A run allocates for a second or two and ends; collecting garbage meanwhile, or at its end, costs a tenth of that each.
gc.disable()
atexit.register(gc.freeze)

import pulumi  # noqa: E402

from components.platform import Platform  # noqa: E402
from components.stack import exports, load_topology  # noqa: E402

topology = load_topology()
Platform("smarter-net", topology, pulumi.Config("secret").require_secret)
for name, value in exports(topology).items():
    pulumi.export(name, value)
