"""One encrypted backup of a stack's data, made by restic on the stack's host, and the way back.

Each volume is a snapshot of its own; a backup is all those with the same `run=` tag. It counts only when its last
snapshot is there, which has the tag `whole`, the stack file, the history, and a manifest that names all others.
"""
