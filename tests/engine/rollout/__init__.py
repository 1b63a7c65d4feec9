"""Rollouts under constant load: what visitors and neighbours notice, whatever happens to the rollout."""
