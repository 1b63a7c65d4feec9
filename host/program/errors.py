"""How the program ends when it cannot do what it is asked for."""

from __future__ import annotations


class Failed(Exception):  # noqa: N818  as a rollout has
    """One line for the operator: what it is about, what is wrong, what helps."""


class DockerError(Failed):
    """A docker command that failed, in docker's own words."""
