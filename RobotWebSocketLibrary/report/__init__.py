"""What a user reads of a run: log lines, pictures of traffic, HAR files."""
