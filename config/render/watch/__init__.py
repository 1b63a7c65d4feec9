"""Topology -> the files of the four programs that watch it. All of them read YAML, of which JSON is a part."""
