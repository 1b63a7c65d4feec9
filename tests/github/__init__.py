"""The workflows as a whole, run by act with a real `gh`, the state in a bucket, on servers of the rig."""
