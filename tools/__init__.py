"""What a reader of the program does not need: the stand-in images, the toolchain, the benchmarks."""
