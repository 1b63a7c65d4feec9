"""Tests of the GitHub workflows: what must hold for each of them, and their steps, run here one by one."""
