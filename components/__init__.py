"""How the topology comes to exist: one component resource a file. Values become resources here; nothing is decided."""
