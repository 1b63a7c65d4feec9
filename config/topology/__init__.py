"""What exists in one stack, as frozen values. Nothing here draws, reads or checks anything."""
