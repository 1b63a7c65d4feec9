"""Tests of the pure half; no engine, no Docker, no network."""
