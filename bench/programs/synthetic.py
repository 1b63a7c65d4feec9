"""Our program with BENCH_SERVICES services, which the catalog does not have."""

import os

import pulumi

from bench.topology import synthetic
from components.platform import Platform
from components.stack import load_topology

topology = synthetic(load_topology(), int(os.environ["BENCH_SERVICES"]))
Platform("smarter-net", topology, pulumi.Config("secret").require_secret)
