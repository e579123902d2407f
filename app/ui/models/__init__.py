"""Lists and pictures as Qt wants them; they know no services."""
