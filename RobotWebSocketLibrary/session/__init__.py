"""What a run remembers: connections and servers, settings, and who closes what."""
