"""The command line: parse, call, print. One file for each command; heavy imports inside the command that needs them."""
