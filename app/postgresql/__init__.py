"""How a PostgreSQL server is reached, for whoever keeps something in one or reads from it."""
