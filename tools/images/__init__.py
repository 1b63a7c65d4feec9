"""Stand-in images: made locally, on any machine, without a registry and without a base image.

``references()`` names them without touching anything; ``ensure()`` makes those that a Docker daemon lacks.
"""

from tools.images.naming import Images, references

__all__ = ["Images", "ensure", "references"]


def ensure(docker_host: str | None = None) -> Images:
    """Make the images that the daemon at ``docker_host`` lacks; see :func:`tools.images.build.ensure`."""
    from tools.images import build  # noqa: PLC0415  only a run that makes images pays for what makes them

    return build.ensure(docker_host)
