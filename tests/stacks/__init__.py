"""Stack files of the tests' own, as the project ships them. Those of the tree itself are the operator's."""

from pathlib import Path

STACK_FILES = Path(__file__).parent
