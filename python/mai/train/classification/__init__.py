"""How a network learns photos: the recipe. It imports no other recipe."""
