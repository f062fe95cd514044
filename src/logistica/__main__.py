"""``python -m logistica``: the command line."""

from logistica.cli.main import run

if __name__ == "__main__":
    run()
