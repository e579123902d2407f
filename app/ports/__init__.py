"""What services need of the world, as Protocols."""
