"""Parts that show what they are given; they know no services."""
