"""Laws, one per file, with their rules and calendars."""
