"""What is promised without a rival: memory, start-up, sweeps, growth with the rows, separation, reading."""
