"""What the first revision makes. Never changed once a workspace was made with it."""
