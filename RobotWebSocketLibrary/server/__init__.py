"""A test server: listens, accepts, answers by subprotocol."""
