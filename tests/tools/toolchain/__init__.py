"""Tests of what the toolchain's programs do, with stand-ins for all that they call."""
