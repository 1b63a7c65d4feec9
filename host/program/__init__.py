"""The program that runs on a host: rollouts, the delivery of the proxy's config, and what a restart cut off.

It is sent there as one file, and run by whatever Python 3.9 or later the host has: standard library only, and relative
imports, because there the package has another name.
"""
