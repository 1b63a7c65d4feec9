"""The floor: a program that names no resource."""

import pulumi  # noqa: F401  as every program does
