"""One end of a connection: what arrives, what is on its way out, how it ends."""
