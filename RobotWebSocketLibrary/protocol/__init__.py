"""RFC 6455 on bytes: no sockets, no threads, no Robot Framework."""
