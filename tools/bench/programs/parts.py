"""As much of our program as BENCH_PART says, so that differences tell where the time of a run goes."""

import os

import pulumi

part = os.environ["BENCH_PART"]

if part in {"imports", "topology", "plugins"}:
    import components.platform  # noqa: F401
    from components.stack import load_topology

    if part in {"topology", "plugins"}:
        topology = load_topology()
    if part == "plugins":
        import pulumi_docker as docker
        from pulumi_command import local

        provider = docker.Provider("docker")
        docker.Network("network", name="bench-parts", opts=pulumi.ResourceOptions(provider=provider))
        local.Command("command", create="true")
