"""What the product knows: nouns and rules, pure, standard library only."""
