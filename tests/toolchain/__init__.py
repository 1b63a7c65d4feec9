"""Tests of what `toolchain/install` and `toolchain/env` do, with stand-ins for all that they call."""
