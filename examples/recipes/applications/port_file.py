"""Writes the port of a server into a file that appears at once as a whole."""

from pathlib import Path


def tell_port(port: int, file: str) -> None:
    new = Path(f"{file}.new")
    new.write_text(str(port), "utf-8")
    new.rename(file)
