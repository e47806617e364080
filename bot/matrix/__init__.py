"""Matrix: the only folder that imports nio and the key libraries."""
