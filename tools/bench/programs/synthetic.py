"""Our program with BENCH_SERVICES services, which the catalog does not have."""

import os

import pulumi

from components.platform import Platform
from components.stack import load_topology
from tools.bench.topology import synthetic

topology = synthetic(load_topology(), int(os.environ["BENCH_SERVICES"]))
Platform("smarter-net", topology, pulumi.Config("secret").require_secret)
