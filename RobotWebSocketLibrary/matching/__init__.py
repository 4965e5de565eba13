"""Which messages match, and why the others do not: messages in, reasons out."""
