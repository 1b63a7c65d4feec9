"""Values with a grammar of their own, and the mistakes that are made in them."""
